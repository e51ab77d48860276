// Package kubernetes has the names that the provider uses of the typed SDK.
package kubernetes

import (
	"reflect"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// UntypedArgs are the inputs of a resource without a type of its own.
type UntypedArgs map[string]any

func (UntypedArgs) ElementType() reflect.Type { return reflect.TypeFor[map[string]any]() }

var _ pulumi.Input = UntypedArgs{}
