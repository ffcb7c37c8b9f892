package wasi2

func socketInterfaces() []*iface { return nil }
