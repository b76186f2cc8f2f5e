// SPDX-License-Identifier: Apache-2.0
// test/shim/go/peer.go - containerd's own ttrpc, at the other end: a client that calls our server,
// and a server that our client calls. Debian's golang-github-containerd-ttrpc-dev, 1.1.
package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/containerd/ttrpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const service = "test.Service"

// Text is a message of one string: field 1.
type Text struct {
	Text string `protobuf:"bytes,1,opt,name=text,proto3"`
}

func (t *Text) Reset()         { *t = Text{} }
func (t *Text) String() string { return t.Text }
func (t *Text) ProtoMessage()  {}

func check(good bool, format string, args ...interface{}) {
	if !good {
		fmt.Printf("FAILED: "+format+"\n", args...)
		os.Exit(1)
	}
}

func call(client *ttrpc.Client, ctx context.Context, method, text string) (string, error) {
	answer := Text{}
	err := client.Call(ctx, service, method, &Text{text}, &answer)
	return answer.Text, err
}

func runClient(path string) {
	connection, err := net.Dial("unix", path)
	check(err == nil, "dial: %v", err)
	client := ttrpc.NewClient(connection)
	ctx := context.Background()

	answer, err := call(client, ctx, "Echo", "hello")
	check(err == nil && answer == "hello", "Echo: %q, %v", answer, err)
	answer, err = call(client, ctx, "Echo", "")
	check(err == nil && answer == "", "Echo of nothing: %q, %v", answer, err)

	big := strings.Repeat("x", 3<<20)
	answer, err = call(client, ctx, "Echo", big)
	check(err == nil && answer == big, "Echo of 3 MiB: %d bytes, %v", len(answer), err)
	_, err = call(client, ctx, "Echo", strings.Repeat("x", 4<<20))
	check(status.Code(err) == codes.ResourceExhausted, "Echo of 4 MiB: %v", err)
	answer, err = call(client, ctx, "Echo", "after it")
	check(err == nil && answer == "after it", "Echo after 4 MiB: %q, %v", answer, err)

	_, err = call(client, ctx, "Missing", "")
	check(status.Code(err) == codes.Unimplemented, "Missing: %v", err)
	_, err = call(client, ctx, "NotFound", "it")
	check(status.Code(err) == codes.NotFound && status.Convert(err).Message() == "no \"it\"", "NotFound: %v", err)

	short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	_, err = call(client, short, "Wait", "")
	cancel()
	check(err != nil, "Wait: no time-out")

	with := ttrpc.WithMetadata(ctx, ttrpc.MD{"containerd-namespace-ttrpc": []string{"k8s.io"}})
	answer, err = call(client, with, "Namespace", "")
	check(err == nil && answer == "k8s.io", "metadata: %q, %v", answer, err)

	var group sync.WaitGroup
	for i := 0; i < 500; i++ {
		group.Add(1)
		go func(text string) {
			defer group.Done()
			method := "Echo"
			if len(text)%2 == 0 {
				method = "Slow"
			}
			answer, err := call(client, ctx, method, text)
			check(err == nil && answer == text, "%s: %v", method, err)
		}(strings.Repeat("y", i*37))
	}
	group.Wait()
	client.Close()
}

func runServer(path string) {
	listener, err := net.Listen("unix", path)
	check(err == nil, "listen: %v", err)
	server, err := ttrpc.NewServer(ttrpc.WithServerHandshaker(ttrpc.UnixSocketRequireSameUser()))
	check(err == nil, "server: %v", err)
	take := func(unmarshal func(interface{}) error) (*Text, error) {
		text := &Text{}
		return text, unmarshal(text)
	}
	server.Register(service, map[string]ttrpc.Method{
		"Echo": func(ctx context.Context, unmarshal func(interface{}) error) (interface{}, error) {
			return take(unmarshal)
		},
		"Slow": func(ctx context.Context, unmarshal func(interface{}) error) (interface{}, error) {
			time.Sleep(20 * time.Millisecond)
			return take(unmarshal)
		},
		"NotFound": func(ctx context.Context, unmarshal func(interface{}) error) (interface{}, error) {
			text, _ := take(unmarshal)
			return nil, status.Errorf(codes.NotFound, "no %q", text.Text)
		},
		"Wait": func(ctx context.Context, unmarshal func(interface{}) error) (interface{}, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		},
		"Namespace": func(ctx context.Context, unmarshal func(interface{}) error) (interface{}, error) {
			value, _ := ttrpc.GetMetadataValue(ctx, "containerd-namespace-ttrpc")
			return &Text{value}, nil
		},
		"Quit": func(ctx context.Context, unmarshal func(interface{}) error) (interface{}, error) {
			os.Exit(0)
			return nil, nil
		},
	})
	server.Serve(context.Background(), listener)
}

func main() {
	check(len(os.Args) == 3, "usage: peer client|server SOCKET")
	if os.Args[1] == "client" {
		runClient(os.Args[2])
	} else {
		runServer(os.Args[2])
	}
}
