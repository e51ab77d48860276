// Command ordererclient is a client of Kafka as an orderer of Fabric 2.5 is one: the same library in the same version, which speaks
// the old versions of Kafka's protocol that orderers can be told to speak.
//
// It asks for a topic, appends numbered messages to it, reads them back, and prints as JSON what came of each.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/Shopify/sarama"
)

// partition is the only one that a channel's topic has.
const partition = 0

// settings are the arguments.
type settings struct {
	bootstrap    string
	certificates string
	version      string
	topic        string
	count        int
}

// results say "done", or the error, of each step.
type results struct {
	Metadata string `json:"metadata"`
	Produce  string `json:"produce"`
	Consume  string `json:"consume"`
	// Messages are those read back, in their order.
	Messages []int `json:"messages"`
}

func main() {
	var given settings
	flag.StringVar(&given.bootstrap, "bootstrap", "", "hosts and ports of brokers, with commas between them")
	flag.StringVar(&given.certificates, "certificates", "/certificates", "the folder of client.key, client.crt and ca.pem")
	flag.StringVar(&given.version, "version", "", "the version of Kafka whose protocol is spoken")
	flag.StringVar(&given.topic, "topic", "", "the topic")
	flag.IntVar(&given.count, "count", 1, "how many messages")
	flag.Parse()

	found, err := run(given)
	if err != nil {
		fmt.Fprintln(os.Stderr, "ordererclient:", err)
		os.Exit(1)
	}
	if err := json.NewEncoder(os.Stdout).Encode(found); err != nil {
		os.Exit(1)
	}
}

func run(given settings) (*results, error) {
	config, err := configuration(given)
	if err != nil {
		return nil, err
	}
	client, err := sarama.NewClient(strings.Split(given.bootstrap, ","), config)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	metadata := client.RefreshMetadata(given.topic)
	first, produced := produce(client, given)
	messages, consumed := consume(client, given, first)
	return &results{
		Metadata: outcome(metadata),
		Produce:  outcome(produced),
		Consume:  outcome(consumed),
		Messages: messages,
	}, nil
}

func configuration(given settings) (*sarama.Config, error) {
	version, err := sarama.ParseKafkaVersion(given.version)
	if err != nil {
		return nil, err
	}
	secured, err := mutualTLS(given.certificates)
	if err != nil {
		return nil, err
	}
	config := sarama.NewConfig()
	config.Version = version
	config.Net.TLS.Enable = true
	config.Net.TLS.Config = secured
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Return.Successes = true
	config.Producer.Partitioner = sarama.NewManualPartitioner
	// Orderers try for hours.
	config.Metadata.Retry.Max = 2
	config.Producer.Retry.Max = 2
	return config, config.Validate()
}

func mutualTLS(folder string) (*tls.Config, error) {
	own, err := tls.LoadX509KeyPair(filepath.Join(folder, "client.crt"), filepath.Join(folder, "client.key"))
	if err != nil {
		return nil, err
	}
	root, err := os.ReadFile(filepath.Join(folder, "ca.pem"))
	if err != nil {
		return nil, err
	}
	trusted := x509.NewCertPool()
	if !trusted.AppendCertsFromPEM(root) {
		return nil, errors.New("ca.pem has no certificate")
	}
	return &tls.Config{Certificates: []tls.Certificate{own}, RootCAs: trusted, MinVersion: tls.VersionTLS12}, nil
}

// produce appends the numbers from 0 on, and returns the offset of the first.
func produce(client sarama.Client, given settings) (int64, error) {
	producer, err := sarama.NewSyncProducerFromClient(client)
	if err != nil {
		return sarama.OffsetOldest, err
	}
	defer producer.Close()
	first := sarama.OffsetOldest
	for number := range given.count {
		value := sarama.StringEncoder(strconv.Itoa(number))
		message := &sarama.ProducerMessage{Topic: given.topic, Partition: partition, Value: value}
		_, offset, err := producer.SendMessage(message)
		if err != nil {
			return first, err
		}
		if number == 0 {
			first = offset
		}
	}
	return first, nil
}

// consume reads as many messages from an offset on as there should be.
func consume(client sarama.Client, given settings, first int64) ([]int, error) {
	messages := []int{}
	consumer, err := sarama.NewConsumerFromClient(client)
	if err != nil {
		return messages, err
	}
	defer consumer.Close()
	read, err := consumer.ConsumePartition(given.topic, partition, first)
	if err != nil {
		return messages, err
	}
	defer read.Close()
	late := time.After(20 * time.Second)
	for len(messages) < given.count {
		select {
		case message := <-read.Messages():
			number, err := strconv.Atoi(string(message.Value))
			if err != nil {
				return messages, err
			}
			messages = append(messages, number)
		case <-late:
			return messages, errors.New("messages are missing")
		}
	}
	return messages, nil
}

func outcome(err error) string {
	if err != nil {
		return err.Error()
	}
	return "done"
}
