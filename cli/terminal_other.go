//go:build !unix

package cli

import "os"

// columnsOf asks a terminal for its width; 0 if it does not say.
func columnsOf(*os.File) int { return 0 }
