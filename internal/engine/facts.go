package engine

import (
	"context"

	"github.com/wazedge/wazedge/internal/engine/private"
)

// Facts are where the engine has what machine code of our own reads and writes; see [private.Facts].
type Facts = private.Facts

// FactsOf measures the facts of the engine in use; see [private.FactsOf].
func FactsOf(ctx context.Context, module []byte) (Facts, error) { return private.FactsOf(ctx, module) }
