// Pulumi's Kubernetes provider, for the tests.
package main

import "github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"

var version string

func main() {
	// Only imports read the schema, and only conversions from Terraform the mapping. Their files are made by the
	// provider's own build.
	provider.Serve("kubernetes", version, []byte(`{"name":"kubernetes"}`), []byte("{}"))
}
