// Command volumes makes a directory of its node for each claim of its StorageClass whose pod runs there, and
// removes it with the volume. It runs on every node itself, so a volume is there at once: upstream's
// local-path-provisioner starts a pod to make a directory and another one to remove it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v11/controller"
)

func main() {
	kubeconfig := flag.String("kubeconfig", "", "how to reach the API server (a path)")
	name := flag.String("provisioner", "", "the provisioner that StorageClasses name")
	directory := flag.String("directory", "", "where volumes are made (an absolute path)")
	node := flag.String("node", "", "the Kubernetes node that the directory belongs to")
	flag.Parse()

	if err := run(*kubeconfig, *name, directories{root: *directory, node: *node}); err != nil {
		fmt.Fprintln(os.Stderr, "volumes:", err)
		os.Exit(1)
	}
}

func run(kubeconfig, name string, made directories) error {
	if !filepath.IsAbs(made.root) {
		return fmt.Errorf("--directory %q is no absolute path", made.root)
	}
	if made.node == "" {
		return errors.New("--node is missing")
	}
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return fmt.Errorf("kubeconfig: %w", err)
	}
	// The defaults, 5 requests a second, are for components of which a cluster has hundreds.
	config.QPS, config.Burst = 50, 100
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return fmt.Errorf("client: %w", err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	// Each node has one of these, which leaves the claims and volumes of other nodes alone.
	withoutLeader := controller.LeaderElection(false)
	controller.NewProvisionController(ctx, client, name, &made, withoutLeader).Run(ctx)
	return nil
}

// selectedNode is the annotation by which the scheduler says where a claim's first pod will run.
const selectedNode = "volume.kubernetes.io/selected-node"

// directories makes and removes the directories of one node's volumes below root.
type directories struct{ root, node string }

// ShouldProvision is true for claims whose first pod will run on this node.
func (d *directories) ShouldProvision(_ context.Context, claim *v1.PersistentVolumeClaim) bool {
	return claim.Annotations[selectedNode] == d.node
}

// ShouldDelete is true for volumes of this node.
func (d *directories) ShouldDelete(_ context.Context, volume *v1.PersistentVolume) bool {
	affinity := volume.Spec.NodeAffinity
	if affinity == nil || affinity.Required == nil {
		return false
	}
	for _, term := range affinity.Required.NodeSelectorTerms {
		for _, expression := range term.MatchExpressions {
			if expression.Key == v1.LabelHostname && slices.Contains(expression.Values, d.node) {
				return true
			}
		}
	}
	return false
}

// Provision makes the directory of a claim, which the kubelet gives to the pod's fsGroup.
func (d *directories) Provision(_ context.Context, options controller.ProvisionOptions) (*v1.PersistentVolume, controller.ProvisioningState, error) {
	claim, node := options.PVC, options.SelectedNode
	if node == nil {
		return nil, controller.ProvisioningFinished, errors.New("the StorageClass needs volumeBindingMode WaitForFirstConsumer")
	}
	if claim.Spec.VolumeMode != nil && *claim.Spec.VolumeMode == v1.PersistentVolumeBlock {
		return nil, controller.ProvisioningFinished, errors.New("a directory is no block device: volumeMode must be Filesystem")
	}
	path := filepath.Join(d.root, fmt.Sprintf("%s_%s_%s", options.PVName, claim.Namespace, claim.Name))
	if err := os.MkdirAll(path, 0o770); err != nil {
		return nil, controller.ProvisioningFinished, err
	}
	// Independent of the umask.
	if err := os.Chmod(path, 0o770); err != nil {
		return nil, controller.ProvisioningFinished, err
	}
	volume := &v1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: options.PVName},
		Spec: v1.PersistentVolumeSpec{
			AccessModes:                   claim.Spec.AccessModes,
			Capacity:                      v1.ResourceList{v1.ResourceStorage: claim.Spec.Resources.Requests[v1.ResourceStorage]},
			NodeAffinity:                  onlyOn(node),
			PersistentVolumeReclaimPolicy: *options.StorageClass.ReclaimPolicy,
			// The kubelet applies a pod's fsGroup to a local volume, but not to a hostPath.
			PersistentVolumeSource: v1.PersistentVolumeSource{Local: &v1.LocalVolumeSource{Path: path}},
			VolumeMode:             claim.Spec.VolumeMode,
		},
	}
	return volume, controller.ProvisioningFinished, nil
}

// Delete removes the directory of a volume; it refuses one that is not directly below root.
func (d *directories) Delete(_ context.Context, volume *v1.PersistentVolume) error {
	if volume.Spec.Local == nil {
		return fmt.Errorf("%s is no local volume", volume.Name)
	}
	path := filepath.Clean(volume.Spec.Local.Path)
	if filepath.Dir(path) != filepath.Clean(d.root) {
		return fmt.Errorf("%s is not a directory of %s", path, d.root)
	}
	return os.RemoveAll(path)
}

func onlyOn(node *v1.Node) *v1.VolumeNodeAffinity {
	hostname := v1.NodeSelectorRequirement{
		Key:      v1.LabelHostname,
		Operator: v1.NodeSelectorOpIn,
		Values:   []string{node.Labels[v1.LabelHostname]},
	}
	terms := []v1.NodeSelectorTerm{{MatchExpressions: []v1.NodeSelectorRequirement{hostname}}}
	return &v1.VolumeNodeAffinity{Required: &v1.NodeSelector{NodeSelectorTerms: terms}}
}
