package nn

import (
	"encoding/json"
	"maps"
)

// settings are how text is to be generated: WasmEdge's configuration of GGML models, as
// JSON, as far as it concerns that. What it says of how a model is loaded and where it
// runs is for whoever starts the server, and is passed over.
type settings struct {
	predict   int64  // tokens at most; negative for as many as the server likes
	reverse   string // text behind which [textExecution.Compute] ends
	print     bool   // what is generated is printed, too
	embedding bool
	stop      []string
	sampling  map[string]any // by the server's names
}

// samplings are the settings that are passed on to the server, with the names that
// llama.cpp's has for them.
func samplings() map[string]string {
	return map[string]string{
		"temp": "temperature", "temperature": "temperature", "top-p": "top_p", "top-k": "top_k", "min-p": "min_p", "typ-p": "typical_p",
		"repeat-penalty": "repeat_penalty", "presence-penalty": "presence_penalty", "frequency-penalty": "frequency_penalty",
		"last-n-penalty": "repeat_last_n", "seed": "seed", "mirostat": "mirostat", "mirostat-eta": "mirostat_eta",
		"xtc-probability": "xtc_probability", "xtc-threshold": "xtc_threshold", "dynatemp-range": "dynatemp_range",
		"dynatemp-exponent": "dynatemp_exponent", "dry-multipier": "dry_multiplier", "dry-base": "dry_base",
		"dry-allowed-length": "dry_allowed_length", "n-keep": "n_keep", "n-probs": "n_probs", "min-keep": "min_keep",
	}
}

func (s settings) clone() settings {
	s.sampling = maps.Clone(s.sampling)
	return s
}

// parse changes what the JSON names.
func (s *settings) parse(text []byte) error {
	var doc map[string]json.RawMessage
	if json.Unmarshal(text, &doc) != nil || doc == nil {
		return failed(InvalidEncoding, "GGML backend: parse metadata error.")
	}
	next := s.clone()
	if next.sampling == nil {
		next.sampling = map[string]any{}
	}
	for key, name := range samplings() {
		var v json.Number
		if ok, err := option(doc, key, &v); err != nil {
			return err
		} else if ok {
			next.sampling[name] = v
		}
	}
	if err := next.parseRest(doc); err != nil {
		return err
	}
	*s = next
	return nil
}

// parseRest reads what is no number that is passed on.
func (s *settings) parseRest(doc map[string]json.RawMessage) error {
	for key, v := range map[string]any{"n-predict": &s.predict, "reverse-prompt": &s.reverse, "stream-stdout": &s.print, "embedding": &s.embedding} {
		if _, err := option(doc, key, v); err != nil {
			return err
		}
	}
	var ignore bool
	if ok, err := option(doc, "ignore-eos", &ignore); err != nil {
		return err
	} else if ok {
		s.sampling["ignore_eos"] = ignore
	}
	var grammar, schema string
	if ok, err := option(doc, "grammar", &grammar); err != nil {
		return err
	} else if ok && grammar != "" {
		s.sampling["grammar"] = grammar
	}
	if ok, err := option(doc, "json-schema", &schema); err != nil {
		return err
	} else if ok && schema != "" {
		if !json.Valid([]byte(schema)) {
			return failed(InvalidArgument, "GGML backend: Invalid json-schema option: it is no JSON")
		}
		s.sampling["json_schema"] = json.RawMessage(schema)
	}
	return s.parseStop(doc)
}

// parseStop reads a text or several that end the generation.
func (s *settings) parseStop(doc map[string]json.RawMessage) error {
	var one string
	if json.Unmarshal(doc["stop"], &one) == nil {
		s.stop = []string{one}
		return nil
	}
	_, err := option(doc, "stop", &s.stop)
	return err
}

// option reads a setting into v, if it is there.
func option(doc map[string]json.RawMessage, key string, v any) (bool, error) {
	raw, ok := doc[key]
	if !ok {
		return false, nil
	}
	if json.Unmarshal(raw, v) != nil {
		return false, failed(InvalidArgument, "GGML backend: Unable to retrieve the %q option.", key)
	}
	return true, nil
}
