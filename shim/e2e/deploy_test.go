//go:build linux

package e2e

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
	"gopkg.in/yaml.v3"

	"github.com/wazedge/wazedge/shim/internal/guest"
)

// meta is what all objects of Kubernetes have that are looked at here. Fields that are none of the
// types below are refused, so that none is misspelt.
type meta struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string
	Metadata   metadata
}

type metadata struct {
	Name, Namespace     string
	Labels, Annotations map[string]string
}

// The objects of the manifests, as far as they use them (Kubernetes API: apps/v1, v1, autoscaling/v2, node.k8s.io/v1).
type (
	workload struct {
		meta `yaml:",inline"`
		Spec struct {
			Selector struct {
				MatchLabels map[string]string `yaml:"matchLabels"`
			}
			Template struct {
				Metadata metadata
				Spec     podSpec
			}
		}
	}
	podSpec struct {
		RuntimeClassName string            `yaml:"runtimeClassName"`
		NodeSelector     map[string]string `yaml:"nodeSelector"`
		HostPID          bool              `yaml:"hostPID"`
		InitContainers   []container       `yaml:"initContainers"`
		Containers       []container
		Volumes          []struct {
			Name     string
			HostPath struct{ Path string } `yaml:"hostPath"`
		}
	}
	container struct {
		Name, Image     string
		SecurityContext struct{ Privileged bool } `yaml:"securityContext"`
		VolumeMounts    []struct {
			Name      string
			MountPath string `yaml:"mountPath"`
		} `yaml:"volumeMounts"`
		Ports []struct {
			Name          string
			ContainerPort int `yaml:"containerPort"`
		}
		ReadinessProbe struct {
			HTTPGet struct{ Path, Port string } `yaml:"httpGet"`
		} `yaml:"readinessProbe"`
		Resources struct{ Requests, Limits map[string]string }
	}
	service struct {
		meta `yaml:",inline"`
		Spec struct {
			Selector map[string]string
			Ports    []struct {
				Name       string
				Port       int
				TargetPort string `yaml:"targetPort"`
			}
		}
	}
	autoscaler struct {
		meta `yaml:",inline"`
		Spec struct {
			ScaleTargetRef struct {
				APIVersion string `yaml:"apiVersion"`
				Kind, Name string
			} `yaml:"scaleTargetRef"`
			MinReplicas int `yaml:"minReplicas"`
			MaxReplicas int `yaml:"maxReplicas"`
			Metrics     []struct {
				Type     string
				Resource struct {
					Name   string
					Target struct {
						Type               string
						AverageUtilization int `yaml:"averageUtilization"`
					}
				}
			}
		}
	}
	runtimeClass struct {
		meta       `yaml:",inline"`
		Handler    string
		Scheduling struct {
			NodeSelector map[string]string `yaml:"nodeSelector"`
		}
	}
)

// manifest reads the objects of a manifest, each into what make gives for its kind.
func manifest(t *testing.T, name string, kinds map[string]func() any) (all []any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../deploy", name))
	if err != nil {
		t.Fatal(err)
	}
	for n, d := 0, yaml.NewDecoder(bytes.NewReader(text)); ; n++ {
		var object yaml.Node
		if err := d.Decode(&object); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var m meta
		if err := object.Decode(&m); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		kind := m.APIVersion + " " + m.Kind
		fresh, ok := kinds[kind]
		if !ok {
			t.Fatalf("%s: object %d is a %s", name, n, kind)
		}
		again, err := yaml.Marshal(&object)
		if err != nil {
			t.Fatal(err)
		}
		v, strict := fresh(), yaml.NewDecoder(bytes.NewReader(again))
		strict.KnownFields(true)
		if err := strict.Decode(v); err != nil {
			t.Fatalf("%s: %s: %v", name, kind, err)
		}
		all = append(all, v)
	}
}

// classes are the runtime classes by name.
func classes(t *testing.T) map[string]*runtimeClass {
	byName := map[string]*runtimeClass{}
	for _, v := range manifest(t, "runtimeclass.yaml", map[string]func() any{"node.k8s.io/v1 RuntimeClass": func() any { return new(runtimeClass) }}) {
		c := v.(*runtimeClass)
		byName[c.Metadata.Name] = c
	}
	return byName
}

// TestServerlessManifest states that the parts of the example fit each other: names, labels, ports, and annotations that
// wazedge takes.
func TestServerlessManifest(t *testing.T) {
	all := manifest(t, "serverless.yaml", map[string]func() any{
		"apps/v1 Deployment":                     func() any { return new(workload) },
		"v1 Service":                             func() any { return new(service) },
		"autoscaling/v2 HorizontalPodAutoscaler": func() any { return new(autoscaler) },
	})
	if len(all) != 3 {
		t.Fatalf("%d objects", len(all))
	}
	d, s, a := all[0].(*workload), all[1].(*service), all[2].(*autoscaler)
	pod := d.Spec.Template
	if !maps.Equal(d.Spec.Selector.MatchLabels, pod.Metadata.Labels) || !maps.Equal(s.Spec.Selector, pod.Metadata.Labels) || len(pod.Metadata.Labels) == 0 {
		t.Errorf("labels %v of pods, wanted %v by the deployment, %v by the service", pod.Metadata.Labels, d.Spec.Selector.MatchLabels, s.Spec.Selector)
	}
	if classes(t)[pod.Spec.RuntimeClassName] == nil {
		t.Errorf("no runtime class %q", pod.Spec.RuntimeClassName)
	}
	if a.Spec.ScaleTargetRef.Kind != d.Kind || a.Spec.ScaleTargetRef.Name != d.Metadata.Name || a.Spec.ScaleTargetRef.APIVersion != d.APIVersion || a.Spec.MinReplicas < 1 || a.Spec.MaxReplicas <= a.Spec.MinReplicas {
		t.Errorf("%+v", a.Spec)
	}
	o, err := guest.ReadOptions(pod.Metadata.Annotations)
	if err != nil {
		t.Fatal(err)
	}
	c := pod.Spec.Containers[0]
	ports := map[string]string{}
	for _, p := range c.Ports {
		ports[p.Name] = ":" + strconv.Itoa(p.ContainerPort)
	}
	if ports["http"] != o.Serve || ports["metrics"] != o.Metrics || ports[c.ReadinessProbe.HTTPGet.Port] != o.Serve || ports[s.Spec.Ports[0].TargetPort] != o.Serve {
		t.Errorf("ports %v, options %+v, service %+v", ports, o, s.Spec.Ports)
	}
	if c.Resources.Requests["cpu"] == "" { // which the autoscaler's percentage is of
		t.Error("no request for a processor")
	}
}

// TestNodeManifest states that the programs which are installed on nodes are there to be installed, and that the runtime
// classes, containerd's configuration and the DaemonSet speak of the same runtime and the same nodes.
func TestNodeManifest(t *testing.T) {
	v := manifest(t, "daemonset.yaml", map[string]func() any{"apps/v1 DaemonSet": func() any { return new(workload) }})
	d := v[0].(*workload)
	pod := d.Spec.Template
	if !maps.Equal(d.Spec.Selector.MatchLabels, pod.Metadata.Labels) {
		t.Errorf("labels %v, wanted %v", pod.Metadata.Labels, d.Spec.Selector.MatchLabels)
	}
	volumes := map[string]bool{}
	for _, v := range pod.Spec.Volumes {
		volumes[v.Name] = true
	}
	for _, m := range pod.Spec.InitContainers[0].VolumeMounts {
		if !volumes[m.Name] {
			t.Errorf("no volume %s", m.Name)
		}
	}
	var config struct {
		Plugins map[string]struct {
			Containerd struct {
				Runtimes map[string]struct{ RuntimeType string }
			}
		}
	}
	text, err := os.ReadFile("../deploy/containerd.toml")
	if err != nil {
		t.Fatal(err)
	}
	text = bytes.ReplaceAll(text, []byte("runtime_type"), []byte("RuntimeType"))
	if err := toml.Unmarshal(text, &config); err != nil {
		t.Fatal(err)
	}
	runtimes := config.Plugins["io.containerd.grpc.v1.cri"].Containerd.Runtimes
	for name, c := range classes(t) {
		if runtimes[c.Handler].RuntimeType != wazedgeRuntime {
			t.Errorf("class %s: no runtime %q in containerd's configuration: %v", name, c.Handler, runtimes)
		}
		if !maps.Equal(c.Scheduling.NodeSelector, pod.Spec.NodeSelector) {
			t.Errorf("class %s is for nodes %v, and %v have the programs", name, c.Scheduling.NodeSelector, pod.Spec.NodeSelector)
		}
	}
	script, err := os.ReadFile("../deploy/install.sh")
	if err != nil {
		t.Fatal(err)
	}
	list := regexp.MustCompile(`(?m)^for program in (.*); do$`).FindSubmatch(script)
	if list == nil {
		t.Fatal("install.sh installs nothing")
	}
	installed := strings.Fields(string(list[1]))
	dirs, err := filepath.Glob("../cmd/*")
	if err != nil {
		t.Fatal(err)
	}
	wanted := []string{"wazedge"}
	for _, dir := range dirs {
		if name := filepath.Base(dir); name != "wazedge-image" { // for who makes images
			wanted = append(wanted, name)
		}
	}
	slices.Sort(installed)
	slices.Sort(wanted)
	if !slices.Equal(installed, wanted) {
		t.Errorf("installs %v, and there are %v", installed, wanted)
	}
}
