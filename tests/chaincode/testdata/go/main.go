// Command notes is chaincode without Fabric's modules: it registers, and answers each transaction with its ID in capitals.
package main

import (
	"encoding/binary"
	"fmt"
	"log"
	"net"
	"os"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding"
)

// Types of messages: fabric-protos, peer/chaincode_shim.proto.
const (
	register    = 1
	transaction = 5
	completed   = 6
)

func main() {
	listener, err := net.Listen("tcp", os.Getenv("CHAINCODE_SERVER_ADDRESS"))
	if err != nil {
		log.Fatal(err)
	}
	encoding.RegisterCodec(raw{})
	server := grpc.NewServer(grpc.ForceServerCodec(raw{}), grpc.UnknownServiceHandler(serve))
	log.Fatal(server.Serve(listener))
}

func serve(_ any, stream grpc.ServerStream) error {
	name := field(1, []byte(os.Getenv("CHAINCODE_ID")))
	name[0] = 2<<3 | 2 // ChaincodeID.name
	if err := send(stream, register, name, ""); err != nil {
		return err
	}
	for {
		var message []byte
		if err := stream.RecvMsg(&message); err != nil {
			return nil
		}
		kind, txID := read(message)
		if kind == transaction {
			answer := answerTo(txID)
			response := append([]byte{1 << 3, 200, 1}, field(3, []byte(answer))...)
			if err := send(stream, completed, response, txID); err != nil {
				return err
			}
		}
	}
}

func answerTo(txID string) string {
	answer := strings.ToUpper(txID)
	return answer
}

func send(stream grpc.ServerStream, kind byte, payload []byte, txID string) error {
	message := append([]byte{1 << 3, kind}, field(3, payload)...)
	message = append(message, field(4, []byte(txID))...)
	return stream.SendMsg(&message)
}

func field(number byte, value []byte) []byte {
	return append(binary.AppendUvarint([]byte{number<<3 | 2}, uint64(len(value))), value...)
}

// read gives type and transaction ID of a ChaincodeMessage.
func read(message []byte) (kind uint64, txID string) {
	for len(message) > 0 {
		tag, n := binary.Uvarint(message)
		message = message[n:]
		value, n := binary.Uvarint(message)
		message = message[n:]
		if tag == 1<<3 {
			kind = value
		}
		if tag&7 == 2 {
			if tag == 4<<3|2 {
				txID = string(message[:value])
			}
			message = message[value:]
		}
	}
	return kind, txID
}

// raw passes messages on as they are.
type raw struct{}

func (raw) Marshal(message any) ([]byte, error) { return *message.(*[]byte), nil }
func (raw) Unmarshal(data []byte, message any) error {
	*message.(*[]byte) = append([]byte(nil), data...)
	return nil
}
func (raw) Name() string { return fmt.Sprintf("raw%d", 0) }
