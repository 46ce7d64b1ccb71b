package inbox_test

import (
	"testing"

	"weibox/inbox/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }
