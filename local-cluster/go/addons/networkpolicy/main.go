// Command networkpolicy enforces NetworkPolicy objects on one node by iptables and ipset: kube-router's
// network policy controller without its router and its service proxy, as k3s embeds it.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/cloudnativelabs/kube-router/v2/pkg/controllers/netpol"
	"github.com/cloudnativelabs/kube-router/v2/pkg/healthcheck"
	"github.com/cloudnativelabs/kube-router/v2/pkg/options"
	"github.com/spf13/pflag"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

func main() {
	config := options.NewKubeRouterConfig()
	pflag.StringVar(&config.Kubeconfig, "kubeconfig", "", "how to reach the API server (a path)")
	pflag.StringVar(&config.HostnameOverride, "hostname-override", "", "name of this node")
	pflag.StringSliceVar(&config.ClusterIPCIDRs, "service-cluster-ip-range", nil, "range of the Services' addresses")
	pflag.Parse()
	config.EnableIPv4 = true
	config.EnableIPv6 = false
	config.RunFirewall = true
	// The default of 5 minutes is for clusters of many nodes; here a full sync takes milliseconds.
	config.IPTablesSyncPeriod = time.Minute

	if err := run(config); err != nil {
		fmt.Fprintln(os.Stderr, "networkpolicy:", err)
		os.Exit(1)
	}
}

func run(config *options.KubeRouterConfig) error {
	restConfig, err := clientcmd.BuildConfigFromFlags("", config.Kubeconfig)
	if err != nil {
		return fmt.Errorf("kubeconfig: %w", err)
	}
	client, err := kubernetes.NewForConfig(restConfig)
	if err != nil {
		return fmt.Errorf("client: %w", err)
	}

	stop := make(chan struct{})
	factory := informers.NewSharedInformerFactory(client, 0)
	pods := factory.Core().V1().Pods().Informer()
	namespaces := factory.Core().V1().Namespaces().Informer()
	policies := factory.Networking().V1().NetworkPolicies().Informer()
	factory.Start(stop)
	for kind, synced := range factory.WaitForCacheSync(stop) {
		if !synced {
			return fmt.Errorf("no list of %v from the API server", kind)
		}
	}

	iptables, ipsets, err := netpol.NewIPTablesHandlers(config)
	if err != nil {
		return fmt.Errorf("iptables and ipset: %w", err)
	}
	var ipsetMutex sync.Mutex
	controller, err := netpol.NewNetworkPolicyController(
		client, config, pods, policies, namespaces, &ipsetMutex, iptables, ipsets)
	if err != nil {
		return fmt.Errorf("network policy controller: %w", err)
	}
	_, podErr := pods.AddEventHandler(controller.PodEventHandler)
	_, namespaceErr := namespaces.AddEventHandler(controller.NamespaceEventHandler)
	_, policyErr := policies.AddEventHandler(controller.NetworkPolicyEventHandler)
	if err := errors.Join(podErr, namespaceErr, policyErr); err != nil {
		return fmt.Errorf("event handlers: %w", err)
	}

	// The controller reports each sync on a channel that somebody has to read.
	heartbeats := make(chan *healthcheck.ControllerHeartbeat, 10)
	go func() {
		for range heartbeats {
		}
	}()

	var running sync.WaitGroup
	running.Add(1)
	go controller.Run(heartbeats, stop, &running)

	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	<-signals
	close(stop)
	running.Wait()
	return nil
}
