// Package documents reads the pages of documentation and runs what they show, so that a test can
// state that a reader who types it sees what the page says. In a page,
//
//	```console
//	$ COMMAND
//	OUTPUT
//	```
//
// is typed at a POSIX shell, all blocks of a page in one directory and one after the other. The output is
// everything the command prints, on both streams; a line ... stands for any lines, … within a line for
// any text, and the times of log lines are not compared. A command without output prints nothing. A
// command fails only if the next is "echo $?". A line that ends with a backslash goes on in the next.
//
//	```console needs=TOOL,TOOL
//
// is left out where there is no such command. "needs=never" is for what no test can do. And
//
//	```LANGUAGE NAME
//
// is the content of the file NAME in this directory.
package documents

import "strings"

// Block is a fenced block of a page that has a meaning.
type Block struct {
	// Line is the line of the page that it begins in.
	Line int
	// Needs are the programs without which a block of commands is left out.
	Needs []string
	// Commands are what is typed, in a block of commands.
	Commands []Command
	// File and Content are a file, in a block of one.
	File, Content string
}

// Command is a command and what it prints.
type Command struct{ Text, Output string }

// Parse returns the blocks of a page.
func Parse(page string) []Block {
	var blocks []Block
	lines := strings.Split(page, "\n")
	for i := 0; i < len(lines); i++ {
		info, fenced := strings.CutPrefix(lines[i], "```")
		if !fenced {
			continue
		}
		start := i + 1
		for i++; i < len(lines) && lines[i] != "```"; i++ {
		}
		if b, ok := parseBlock(strings.Fields(info), lines[start:i]); ok {
			b.Line = start
			blocks = append(blocks, b)
		}
	}
	return blocks
}

func parseBlock(info, lines []string) (Block, bool) {
	if len(info) > 0 && info[0] == "console" {
		b := Block{Commands: commands(lines)}
		for _, word := range info[1:] {
			if tools, ok := strings.CutPrefix(word, "needs="); ok {
				b.Needs = strings.Split(tools, ",")
			}
		}
		return b, true
	}
	if len(info) == 2 {
		return Block{File: info[1], Content: strings.Join(lines, "\n") + "\n"}, true
	}
	return Block{}, false
}

// commands are the commands among the lines of a block, with what they print.
func commands(lines []string) []Command {
	var cs []Command
	going := false
	for _, l := range lines {
		text, typed := strings.CutPrefix(l, "$ ")
		switch {
		case typed:
			cs = append(cs, Command{Text: text})
		case going:
			cs[len(cs)-1].Text += "\n" + strings.TrimPrefix(l, "> ")
		case len(cs) > 0:
			cs[len(cs)-1].Output += l + "\n"
			continue
		}
		going = strings.HasSuffix(l, `\`)
	}
	return cs
}
