// A kubelet device plugin with devices that do not exist: the node offers N of a resource and hands out their ids.
// Ids named in the unhealthy file (one a line) are reported as unhealthy until the file no longer names them.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	api "k8s.io/kubelet/pkg/apis/deviceplugin/v1beta1"
)

const look = 200 * time.Millisecond

type plugin struct {
	api.UnimplementedDevicePluginServer
	resource  string
	count     int
	unhealthy string
	folder    string
	socket    string
}

func main() {
	p := plugin{}
	flag.StringVar(&p.resource, "resource", "nvidia.com/gpu", "name of the resource")
	flag.IntVar(&p.count, "count", 8, "how many of it the node has")
	flag.StringVar(&p.unhealthy, "unhealthy", "", "file that names unhealthy ids, one a line")
	flag.StringVar(&p.folder, "folder", api.DevicePluginPath, "where the kubelet's socket is")
	flag.Parse()
	p.socket = strings.NewReplacer("/", "-", ".", "-").Replace(p.resource) + ".sock"
	for {
		if err := p.serve(); err != nil {
			log.Print(err)
			time.Sleep(look)
		}
	}
}

// serve registers with the kubelet and returns when the socket is gone: a kubelet that starts empties the folder.
func (p *plugin) serve() error {
	path := filepath.Join(p.folder, p.socket)
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return err
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		return err
	}
	server := grpc.NewServer()
	defer server.Stop()
	api.RegisterDevicePluginServer(server, p)
	go server.Serve(listener)
	if err := p.register(); err != nil {
		return fmt.Errorf("the kubelet does not take %s: %w", p.resource, err)
	}
	log.Printf("%d %s registered", p.count, p.resource)
	for {
		time.Sleep(look)
		if _, err := os.Stat(path); err != nil {
			return nil
		}
	}
}

func (p *plugin) register() error {
	connection, err := grpc.NewClient("unix://"+filepath.Join(p.folder, "kubelet.sock"), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer connection.Close()
	deadline, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_, err = api.NewRegistrationClient(connection).Register(deadline, &api.RegisterRequest{
		Version: api.Version, Endpoint: p.socket, ResourceName: p.resource,
	})
	return err
}

func (p *plugin) devices() []*api.Device {
	text, _ := os.ReadFile(p.unhealthy) // no file: all are well
	sick := strings.Fields(string(text))
	devices := make([]*api.Device, p.count)
	for i := range devices {
		id := fmt.Sprintf("GPU-fake-%d", i)
		health := api.Healthy
		if slices.Contains(sick, id) {
			health = api.Unhealthy
		}
		devices[i] = &api.Device{ID: id, Health: health}
	}
	return devices
}

func (p *plugin) ListAndWatch(_ *api.Empty, stream grpc.ServerStreamingServer[api.ListAndWatchResponse]) error {
	var told []*api.Device
	same := func(a, b *api.Device) bool { return a.ID == b.ID && a.Health == b.Health }
	for stream.Context().Err() == nil {
		if now := p.devices(); told == nil || !slices.EqualFunc(told, now, same) {
			if err := stream.Send(&api.ListAndWatchResponse{Devices: now}); err != nil {
				return err
			}
			told = now
		}
		time.Sleep(look)
	}
	return nil
}

func (p *plugin) GetDevicePluginOptions(context.Context, *api.Empty) (*api.DevicePluginOptions, error) {
	return &api.DevicePluginOptions{}, nil
}

func (p *plugin) Allocate(_ context.Context, request *api.AllocateRequest) (*api.AllocateResponse, error) {
	answer := &api.AllocateResponse{}
	for _, container := range request.ContainerRequests {
		answer.ContainerResponses = append(answer.ContainerResponses, &api.ContainerAllocateResponse{
			Envs: map[string]string{"NVIDIA_VISIBLE_DEVICES": strings.Join(container.DevicesIds, ",")},
		})
	}
	return answer, nil
}
