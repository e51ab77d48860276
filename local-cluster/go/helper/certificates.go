package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// plan names the certificates of a cluster. Existing ones stay while they fit it.
type plan struct {
	Directory    string        `json:"directory"`
	Authorities  []string      `json:"authorities"`
	Certificates []certificate `json:"certificates"`
	// Keys are bare key pairs (NAME.key and NAME.pub), for tokens.
	Keys []string `json:"keys"`
}

type certificate struct {
	Name          string   `json:"name"`
	Authority     string   `json:"authority"`
	CommonName    string   `json:"commonName"`
	Organizations []string `json:"organizations"`
	DNSNames      []string `json:"dnsNames"`
	Addresses     []string `json:"addresses"`
	Server        bool     `json:"server"`
	Client        bool     `json:"client"`
}

const (
	authorityLife = 10 * 365 * 24 * time.Hour
	leafLife      = 365 * 24 * time.Hour
	renewBefore   = 30 * 24 * time.Hour
)

func issueCertificates(planFile string) error {
	raw, err := os.ReadFile(planFile)
	if err != nil {
		return err
	}
	var p plan
	if err := json.Unmarshal(raw, &p); err != nil {
		return fmt.Errorf("%s: %w", planFile, err)
	}
	if err := os.MkdirAll(p.Directory, 0o700); err != nil {
		return err
	}
	for _, name := range p.Authorities {
		if err := ensureAuthority(filepath.Join(p.Directory, name)); err != nil {
			return fmt.Errorf("authority %s: %w", name, err)
		}
	}
	for _, c := range p.Certificates {
		if err := ensureCertificate(p.Directory, c); err != nil {
			return fmt.Errorf("certificate %s: %w", c.Name, err)
		}
	}
	for _, name := range p.Keys {
		if err := ensureKeyPair(filepath.Join(p.Directory, name)); err != nil {
			return fmt.Errorf("key %s: %w", name, err)
		}
	}
	return nil
}

func ensureAuthority(base string) error {
	if existing, err := readCertificate(base); err == nil && time.Until(existing.NotAfter) > renewBefore {
		if key, err := readKey(base); err == nil && key.PublicKey.Equal(existing.PublicKey) {
			return nil
		}
	}
	template := newTemplate(filepath.Base(base), authorityLife)
	template.IsCA = true
	template.BasicConstraintsValid = true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign | x509.KeyUsageDigitalSignature
	key, err := newKey()
	if err != nil {
		return err
	}
	return sign(base, template, template, key, key)
}

func ensureCertificate(dir string, c certificate) error {
	base := filepath.Join(dir, c.Name)
	authority, err := readCertificate(filepath.Join(dir, c.Authority))
	if err != nil {
		return err
	}
	if existing, err := readCertificate(base); err == nil && fits(existing, authority, c) {
		if key, err := readKey(base); err == nil && key.PublicKey.Equal(existing.PublicKey) {
			return nil
		}
	}
	authorityKey, err := readKey(filepath.Join(dir, c.Authority))
	if err != nil {
		return err
	}
	template := newTemplate(c.CommonName, leafLife)
	template.Subject.Organization = c.Organizations
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.DNSNames = c.DNSNames
	for _, address := range c.Addresses {
		template.IPAddresses = append(template.IPAddresses, net.ParseIP(address))
	}
	if c.Server {
		template.ExtKeyUsage = append(template.ExtKeyUsage, x509.ExtKeyUsageServerAuth)
	}
	if c.Client {
		template.ExtKeyUsage = append(template.ExtKeyUsage, x509.ExtKeyUsageClientAuth)
	}
	key, err := newKey()
	if err != nil {
		return err
	}
	return sign(base, template, authority, key, authorityKey)
}

func fits(existing, authority *x509.Certificate, c certificate) bool {
	addresses := []string{}
	for _, address := range existing.IPAddresses {
		addresses = append(addresses, address.String())
	}
	return time.Until(existing.NotAfter) > renewBefore &&
		existing.CheckSignatureFrom(authority) == nil &&
		existing.Subject.CommonName == c.CommonName &&
		slices.Equal(existing.Subject.Organization, c.Organizations) &&
		slices.Equal(existing.DNSNames, c.DNSNames) &&
		slices.Equal(addresses, c.Addresses)
}

func ensureKeyPair(base string) error {
	if _, err := readKey(base); err == nil {
		return nil
	}
	key, err := newKey()
	if err != nil {
		return err
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return err
	}
	if err := writePEM(base+".pub", "PUBLIC KEY", public, 0o644); err != nil {
		return err
	}
	return writeKey(base, key)
}

func newTemplate(commonName string, life time.Duration) *x509.Certificate {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		panic(err)
	}
	now := time.Now()
	return &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: commonName},
		NotBefore:    now.Add(-5 * time.Minute),
		NotAfter:     now.Add(life),
	}
}

func newKey() (*ecdsa.PrivateKey, error) {
	return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
}

func sign(base string, template, authority *x509.Certificate, key *ecdsa.PrivateKey, signer crypto.Signer) error {
	if template.IsCA {
		public, err := x509.MarshalPKIXPublicKey(key.Public())
		if err != nil {
			return err
		}
		id := sha256.Sum256(public)
		template.SubjectKeyId = id[:20]
	}
	der, err := x509.CreateCertificate(rand.Reader, template, authority, key.Public(), signer)
	if err != nil {
		return err
	}
	// Interrupted between the two, the pair does not match and is issued again.
	if err := writeKey(base, key); err != nil {
		return err
	}
	return writePEM(base+".crt", "CERTIFICATE", der, 0o644)
}

func writeKey(base string, key *ecdsa.PrivateKey) error {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	return writePEM(base+".key", "PRIVATE KEY", der, 0o600)
}

func writePEM(file, kind string, der []byte, mode os.FileMode) error {
	part := file + ".part"
	if err := os.WriteFile(part, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), mode); err != nil {
		return err
	}
	return os.Rename(part, file)
}

func readCertificate(base string) (*x509.Certificate, error) {
	block, err := readPEM(base + ".crt")
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(block.Bytes)
}

func readKey(base string) (*ecdsa.PrivateKey, error) {
	block, err := readPEM(base + ".key")
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	ecKey, ok := key.(*ecdsa.PrivateKey)
	if !ok {
		return nil, errors.New(base + ".key is not an ECDSA key")
	}
	return ecKey, nil
}

func readPEM(file string) (*pem.Block, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(raw)
	if block == nil {
		return nil, errors.New(file + " is not PEM")
	}
	return block, nil
}
