package onnx

import "encoding/binary"

// message is a protocol buffer that is written.
type message []byte

func (m message) num(field int, v uint64) message {
	return binary.AppendUvarint(binary.AppendUvarint(m, uint64(field<<3|wireVarint)), v)
}

func (m message) bytes(field int, b []byte) message {
	m = binary.AppendUvarint(m, uint64(field<<3|wireBytes))
	return append(binary.AppendUvarint(m, uint64(len(b))), b...)
}

func (m message) str(field int, s string) message { return m.bytes(field, []byte(s)) }

// constant is a tensor in the making.
type constant64 struct {
	shape []int64
	data  []int64
}

// ints64 is a tensor of one dimension.
func ints64(v ...int64) constant64 { return constant64{[]int64{int64(len(v))}, v} }

func (constant64) scalar(v int64) constant64 { return constant64{nil, []int64{v}} }

func (c constant64) message() message {
	var m message
	for _, d := range c.shape {
		m = m.num(1, uint64(d))
	}
	m = m.num(2, uint64(Int64))
	raw := make([]byte, 0, 8*len(c.data))
	for _, v := range c.data {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(v))
	}
	return m.bytes(9, raw)
}

func intAttribute(name string, v int64) message {
	return message(nil).str(1, name).num(3, uint64(v)).num(20, 2)
}

func intsAttribute(name string, v ...int64) message {
	m := message(nil).str(1, name).num(20, 7)
	for _, x := range v {
		m = m.num(8, uint64(x))
	}
	return m
}

// modelOf is a model of that graph.
func modelOf(graph message) []byte {
	return message(nil).num(1, 8).bytes(7, graph).bytes(8, message(nil).num(2, 17))
}

// graphModel is a model with a node and the output y.
func graphModel(node message) []byte {
	return modelOf(message(nil).bytes(1, node).bytes(11, message(nil).str(1, "x")).bytes(12, message(nil).str(1, "y")))
}

// constantModel is a model whose output is a tensor of its own.
func constantModel(tensor message) []byte {
	return modelOf(message(nil).bytes(5, tensor.str(8, "y")).bytes(12, message(nil).str(1, "y")))
}

// oneNode is a model of one operator whose inputs are the model's own.
func oneNode(op string, attribute message, inputs ...constant64) []byte {
	var graph message
	node := message(nil).str(4, op).str(2, "y")
	if attribute != nil {
		node = node.bytes(5, attribute)
	}
	for i, c := range inputs {
		name := string(rune('a' + i))
		node = node.str(1, name)
		graph = graph.bytes(5, c.message().str(8, name))
	}
	return modelOf(graph.bytes(1, node).bytes(12, message(nil).str(1, "y")))
}

// endless is a model whose loop does not end.
func endless() []byte {
	body := message(nil).bytes(1, message(nil).str(4, "Identity").str(1, "go").str(2, "on")).
		bytes(11, message(nil).str(1, "i")).bytes(11, message(nil).str(1, "go")).bytes(12, message(nil).str(1, "on"))
	node := message(nil).str(4, "Loop").str(1, "").str(1, "").str(2, "y").bytes(5, message(nil).str(1, "body").bytes(6, body.bytes(12, message(nil).str(1, "i"))))
	return modelOf(message(nil).bytes(1, node).bytes(12, message(nil).str(1, "y")))
}

// nested is a model with n graphs in each other.
func nested(n int) []byte {
	graph := message(nil).bytes(12, message(nil).str(1, "y"))
	for range n {
		graph = message(nil).bytes(1, message(nil).str(4, "If").bytes(5, message(nil).str(1, "then_branch").bytes(6, graph)))
	}
	return modelOf(graph)
}
