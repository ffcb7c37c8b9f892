package wasihttp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"

	"github.com/wazedge/wazedge/hostfuncs/hostnet"
	"github.com/wazedge/wazedge/internal/component/exec"
	"github.com/wazedge/wazedge/internal/wasi2"
)

// Code is the case of an error-code.
type Code int

// The cases of error-code, in the order of the WIT.
const (
	DNSTimeout Code = iota
	DNSError
	DestinationNotFound
	DestinationUnavailable
	DestinationIPProhibited
	DestinationIPUnroutable
	ConnectionRefused
	ConnectionTerminated
	ConnectionTimeout
	ConnectionReadTimeout
	ConnectionWriteTimeout
	ConnectionLimitReached
	TLSProtocolError
	TLSCertificateError
	TLSAlertReceived
	RequestDenied
	RequestLengthRequired
	RequestBodySize
	RequestMethodInvalid
	RequestURIInvalid
	RequestURITooLong
	RequestHeaderSectionSize
	RequestHeaderSize
	RequestTrailerSectionSize
	RequestTrailerSize
	ResponseIncomplete
	ResponseHeaderSectionSize
	ResponseHeaderSize
	ResponseBodySize
	ResponseTrailerSectionSize
	ResponseTrailerSize
	ResponseTransferCoding
	ResponseContentCoding
	ResponseTimeout
	UpgradeFailed
	ProtocolError
	LoopDetected
	ConfigurationError
	InternalError
)

// codes are the names and payloads of the cases.
var codes = [...]struct{ name, payload string }{
	DNSTimeout: {"DNS-timeout", ""}, DNSError: {"DNS-error", "DNS-error-payload"},
	DestinationNotFound: {"destination-not-found", ""}, DestinationUnavailable: {"destination-unavailable", ""},
	DestinationIPProhibited: {"destination-IP-prohibited", ""}, DestinationIPUnroutable: {"destination-IP-unroutable", ""},
	ConnectionRefused: {"connection-refused", ""}, ConnectionTerminated: {"connection-terminated", ""},
	ConnectionTimeout: {"connection-timeout", ""}, ConnectionReadTimeout: {"connection-read-timeout", ""},
	ConnectionWriteTimeout: {"connection-write-timeout", ""}, ConnectionLimitReached: {"connection-limit-reached", ""},
	TLSProtocolError: {"TLS-protocol-error", ""}, TLSCertificateError: {"TLS-certificate-error", ""},
	TLSAlertReceived: {"TLS-alert-received", "TLS-alert-received-payload"},
	RequestDenied:    {"HTTP-request-denied", ""}, RequestLengthRequired: {"HTTP-request-length-required", ""},
	RequestBodySize: {"HTTP-request-body-size", "option<u64>"}, RequestMethodInvalid: {"HTTP-request-method-invalid", ""},
	RequestURIInvalid: {"HTTP-request-URI-invalid", ""}, RequestURITooLong: {"HTTP-request-URI-too-long", ""},
	RequestHeaderSectionSize:   {"HTTP-request-header-section-size", "option<u32>"},
	RequestHeaderSize:          {"HTTP-request-header-size", "option<field-size-payload>"},
	RequestTrailerSectionSize:  {"HTTP-request-trailer-section-size", "option<u32>"},
	RequestTrailerSize:         {"HTTP-request-trailer-size", "field-size-payload"},
	ResponseIncomplete:         {"HTTP-response-incomplete", ""},
	ResponseHeaderSectionSize:  {"HTTP-response-header-section-size", "option<u32>"},
	ResponseHeaderSize:         {"HTTP-response-header-size", "field-size-payload"},
	ResponseBodySize:           {"HTTP-response-body-size", "option<u64>"},
	ResponseTrailerSectionSize: {"HTTP-response-trailer-section-size", "option<u32>"},
	ResponseTrailerSize:        {"HTTP-response-trailer-size", "field-size-payload"},
	ResponseTransferCoding:     {"HTTP-response-transfer-coding", "option<string>"},
	ResponseContentCoding:      {"HTTP-response-content-coding", "option<string>"},
	ResponseTimeout:            {"HTTP-response-timeout", ""}, UpgradeFailed: {"HTTP-upgrade-failed", ""},
	ProtocolError: {"HTTP-protocol-error", ""}, LoopDetected: {"loop-detected", ""},
	ConfigurationError: {"configuration-error", ""}, InternalError: {"internal-error", "option<string>"},
}

// notation is the type error-code.
func notation() string {
	var b strings.Builder
	for n, c := range codes {
		b.WriteString(map[bool]string{true: "variant{", false: ", "}[n == 0])
		b.WriteString(c.name)
		if c.payload != "" {
			b.WriteString("(" + c.payload + ")")
		}
	}
	return b.String() + "}"
}

// Error is an error-code, with what its case carries.
type Error struct {
	Code Code
	Text string // of a DNS error, an alert, or an internal error
	Size uint64 // of a body, as far as it came
}

// Error is the name of the case, with its text.
func (e *Error) Error() string {
	if e.Text != "" {
		return codes[e.Code].name + ": " + e.Text
	}
	return codes[e.Code].name
}

// value is e for a component.
func (e *Error) value() exec.Value {
	text := wasi2.None
	if e.Text != "" {
		text = wasi2.Some(exec.Text(e.Text))
	}
	v := wasi2.Number(int(e.Code))
	payload := wasi2.None
	switch codes[e.Code].payload {
	case "":
		return v
	case "DNS-error-payload":
		payload = wasi2.List(text, wasi2.None)
	case "TLS-alert-received-payload":
		payload = wasi2.List(wasi2.None, text)
	case "field-size-payload":
		payload = wasi2.List(wasi2.None, wasi2.None)
	case "option<u64>":
		payload = wasi2.Some(wasi2.Number(e.Size))
	case "option<string>":
		payload = text
	}
	v.List = []exec.Value{payload}
	return v
}

// errorOf is the error-code that a component has given.
func errorOf(v exec.Value) *Error {
	e := &Error{Code: Code(v.Bits)}
	if e.Code == InternalError && v.List[0].Bits == 1 {
		e.Text = v.List[0].List[0].String()
	}
	return e
}

// Status is the status of a response that tells a client of e.
func (e *Error) Status() int {
	switch c := e.Code; {
	case c == DNSTimeout, c >= ConnectionTimeout && c <= ConnectionWriteTimeout, c == ResponseTimeout:
		return http.StatusGatewayTimeout
	case c <= TLSAlertReceived, c >= ResponseIncomplete && c <= UpgradeFailed, c == ProtocolError:
		return http.StatusBadGateway
	case c == RequestDenied:
		return http.StatusForbidden
	case c == LoopDetected:
		return http.StatusLoopDetected
	}
	return http.StatusInternalServerError
}

// codeOf is err, which a request of a component has ended with, as an error-code.
func codeOf(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if e := tlsErrorOf(err); e != nil {
		return e
	}
	lookup, isLookup := errors.AsType[hostnet.LookupError](err)
	var network net.Error
	text := err.Error()
	switch {
	case isLookup && lookup == hostnet.TryAgain:
		return &Error{Code: DNSTimeout}
	case isLookup:
		return &Error{Code: DNSError, Text: lookup.Error()}
	case errors.Is(err, syscall.EACCES), errors.Is(err, syscall.EPERM):
		return &Error{Code: RequestDenied}
	case errors.Is(err, syscall.ECONNREFUSED):
		return &Error{Code: ConnectionRefused}
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return &Error{Code: DestinationIPUnroutable}
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, context.Canceled):
		return &Error{Code: ConnectionTerminated}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), strings.Contains(text, "server closed idle connection"):
		return &Error{Code: ResponseIncomplete}
	case errors.As(err, &network) && network.Timeout():
		return &Error{Code: ConnectionReadTimeout}
	case strings.Contains(text, "server response headers exceeded"):
		return &Error{Code: ResponseHeaderSectionSize}
	case strings.Contains(text, "malformed"), strings.Contains(text, "invalid"), strings.Contains(text, "bad"):
		return &Error{Code: ProtocolError}
	}
	return &Error{Code: InternalError, Text: text}
}

// tlsErrorOf is codeOf for errors of TLS; nil for others.
func tlsErrorOf(err error) *Error {
	if alert, ok := errors.AsType[tls.AlertError](err); ok {
		return &Error{Code: TLSAlertReceived, Text: alert.Error()}
	}
	if errors.As(err, new(*tls.CertificateVerificationError)) || errors.As(err, new(x509.UnknownAuthorityError)) || errors.As(err, new(x509.HostnameError)) {
		return &Error{Code: TLSCertificateError}
	}
	if errors.As(err, new(tls.RecordHeaderError)) || strings.Contains(err.Error(), "tls: ") {
		return &Error{Code: TLSProtocolError}
	}
	return nil
}

// failure is a result that is err as an error-code.
func failure(err error) exec.Value { return wasi2.Failed(codeOf(err).value()) }
