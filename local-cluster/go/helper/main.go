// Command baas-helper does for the local cluster what needs system calls or certificates and no package
// offers: it makes the node's namespaces, issues the cluster's certificates, and asks its DNS.
package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"time"
)

const usage = `usage:
  baas-helper node RUNTIME_DIR DATA_DIR HOST_NAME   make a node's namespaces; prints the process ID of its init
  baas-helper certificates PLAN                     issue what the plan (a JSON file) names and is missing or old
  baas-helper resolve SERVER NAME                   look a name up at one DNS server`

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "baas-helper:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 4 && args[0] == "node":
		return startNode(args[1], args[2], args[3])
	case len(args) == 4 && args[0] == "init":
		return nodeInit(args[1], args[2], args[3])
	case len(args) == 2 && args[0] == "certificates":
		return issueCertificates(args[1])
	case len(args) == 3 && args[0] == "resolve":
		return resolve(args[1], args[2])
	}
	return fmt.Errorf("unknown command\n%s", usage)
}

func resolve(server, name string) error {
	resolver := net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, net.JoinHostPort(server, "53"))
	}}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	addresses, err := resolver.LookupHost(ctx, name)
	if err != nil {
		return err
	}
	fmt.Println(addresses[0])
	return nil
}
