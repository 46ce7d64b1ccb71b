package inbox_test

import (
	"flag"
	"testing"

	_ "pgregory.net/rapid" // its flags
	"weibox/inbox/store/storetest"
)

func TestMain(m *testing.M) {
	_ = flag.Set("rapid.nofailfile", "true") // a failure is printed; nothing is written into the sources
	storetest.Main(m)
}
