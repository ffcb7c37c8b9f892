package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// imageProgram makes, sends and gets OCI images. It is a program of its own: the libraries for
// that would take part in every start of this one.
const imageProgram = "wazedge-image"

// imageScheme is how the name of an image begins in the place of a module's file.
const imageScheme = "oci://"

// imageCommand is `wazedge image`.
func imageCommand() *command {
	passed := func(name, brief string) *command {
		return &command{name: name, brief: brief, positionals: []positional{{metavar: "WORD", many: true}}, run: func(p *Process, _ line) int { return p.imageMain() }}
	}
	return &command{name: "image", brief: "OCI images of modules: make, send, get, run and list them", run: missingVerb, children: []*command{
		passed("build", "make an image or artifact of a module or directory"),
		passed("push", "send an image to its registry"),
		passed("pull", "get an image from its registry"),
		{name: "run", brief: "run the module of an image, which is got if it is not here", tools: toolRun, guest: true,
			positionals: []positional{{metavar: "IMAGE"}, {metavar: "ARG", many: true}}, run: runImage},
		passed("ls", "list the images that are here"),
	}}
}

// passesImage reports whether the command line is one that imageProgram reads.
func (p *Process) passesImage() bool {
	return p.tool() == wazedge && p.bundle == nil && len(p.Args) > 2 && p.Args[1] == "image" && p.Args[2] != "run"
}

// imageMain has imageProgram do what the command line says, and returns its status.
func (p *Process) imageMain() int {
	program, err := findImageProgram()
	if err != nil {
		return p.fail(err.Error())
	}
	cmd := exec.Command(program, p.Args[2:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.Env = p.Stdin, p.Stdout, p.Stderr, p.environ()
	err = cmd.Run()
	if ended, ok := errors.AsType[*exec.ExitError](err); ok && ended.ExitCode() >= 0 {
		return ended.ExitCode()
	}
	if err != nil {
		return p.fail(err.Error())
	}
	return statusOK
}

// findImageProgram is the path of imageProgram: beside this program, or in PATH.
func findImageProgram() (string, error) {
	if self, err := os.Executable(); err == nil {
		if real, err := filepath.EvalSymlinks(self); err == nil {
			self = real
		}
		if beside, err := exec.LookPath(filepath.Join(filepath.Dir(self), imageProgram)); err == nil {
			return beside, nil
		}
	}
	program, err := exec.LookPath(imageProgram)
	if err != nil {
		return "", fmt.Errorf("images need the program %s, which is neither beside this one nor in PATH; see docs/CONTAINERS.md", imageProgram)
	}
	return program, nil
}

// runImage is runModule for the module of an image.
func runImage(p *Process, l line) int {
	if !strings.HasPrefix(l.words[0], imageScheme) {
		l.words[0] = imageScheme + l.words[0]
	}
	return runModule(p, l)
}

// locateImage makes l name the module of the image that it names, if it does: with the image's
// arguments, if it has none, and its variables in front of the others.
func (p *Process) locateImage(l *line) error {
	if p.tool() != wazedge || !strings.HasPrefix(l.words[0], imageScheme) {
		return nil
	}
	program, err := findImageProgram()
	if err != nil {
		return err
	}
	cmd := exec.Command(program, "locate", l.words[0])
	cmd.Stderr, cmd.Env = p.Stderr, p.environ()
	out, err := cmd.Output()
	if ended, ok := errors.AsType[*exec.ExitError](err); ok && ended.ExitCode() == statusFailed {
		return errors.New("nothing was run")
	}
	var located struct {
		Path string   `json:"path"`
		Args []string `json:"args"`
		Env  []string `json:"env"`
	}
	if err == nil {
		err = json.Unmarshal(out, &located)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", imageProgram, err)
	}
	args := l.words[1:]
	if len(args) == 0 {
		args = located.Args
	}
	l.words = append([]string{located.Path}, args...)
	o := l.syntax.options
	o.Env = append(located.Env, o.Env...)
	return nil
}
