// Package v4 has the types of the inputs of Helm charts.
package v4

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

type RepositoryOpts struct {
	CaFile   pulumi.AssetOrArchive
	CertFile pulumi.AssetOrArchive
	KeyFile  pulumi.AssetOrArchive
	Username *string
	Password *string
	Repo     *string
}

type RepositoryOptsInput interface{ pulumi.Input }

type PostRenderer struct {
	Command string
	Args    []string
}

type PostRendererInput interface{ pulumi.Input }
