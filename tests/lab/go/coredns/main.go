// The lab's CoreDNS: the stock program with only the plugins that its Corefile names, so that it builds in a third of the time.
package main

import (
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/coremain"

	_ "github.com/coredns/coredns/plugin/cache"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/health"
	_ "github.com/coredns/coredns/plugin/kubernetes"
	_ "github.com/coredns/coredns/plugin/loadbalance"
	_ "github.com/coredns/coredns/plugin/metrics"
	_ "github.com/coredns/coredns/plugin/ready"
)

// The order in which a query passes the plugins, whatever the Corefile's order is.
func init() {
	dnsserver.Directives = []string{"ready", "health", "prometheus", "errors", "loadbalance", "cache", "kubernetes"}
}

func main() { coremain.Run() }
