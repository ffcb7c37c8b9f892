package wasmedge

import "github.com/wazedge/wazedge/internal/fault"

// Validator checks modules.
type Validator struct{}

// NewValidator is a Validator.
func NewValidator() *Validator { return &Validator{} }

// NewValidatorWithConfig is a Validator. It checks by the proposals that a module was
// loaded with, not by those of conf.
func NewValidatorWithConfig(conf *Configure) *Validator { return &Validator{} }

// Validate checks ast, which can then be instantiated.
func (v *Validator) Validate(ast *AST) error {
	if ast == nil {
		return failed(fault.New(fault.WrongVMWorkflow))
	}
	if err := ast.validate(); err != nil {
		return failed(err)
	}
	return nil
}

// Release does nothing: a Validator holds nothing.
func (v *Validator) Release() {}
