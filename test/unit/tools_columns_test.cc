// SPDX-License-Identifier: Apache-2.0
// unit/tools_columns_test.cc - tables and owners of `davit list`: tools/columns.h, tools/owner.h.
#include "catch.h"

#include "columns.h"
#include "owner.h"

using namespace davit::cli;

TEST_CASE("columns are as wide as their widest cell and the gap") {
    Row const head[] = {{"ID", "PID", "OWNER"}};
    CHECK(columns(head, 12, 3) == "ID          PID         OWNER\n");
    Row const rows[] = {{"ID", "PID"}, {"ten-letter", "1"}, {"", "2"}};
    CHECK(columns(rows, 12, 3) == "ID           PID\nten-letter   1\n             2\n");
    Row const accented[] = {{"\xc3\xa4", "x"}, {"bc", "y"}};
    CHECK(columns(accented, 0, 1) == "\xc3\xa4  x\nbc y\n");
    CHECK(columns({}, 12, 3).empty());
}

TEST_CASE("an owner is named by the passwd file, or by number") {
    auto const* passwd = "root:x:0:0:root:/root:/bin/sh\nbroken\na:b\n\nten:x:10\nanna:x:1000:";
    CHECK(user_name(passwd, 0) == "root");
    CHECK(user_name(passwd, 10) == "ten");
    CHECK(user_name(passwd, 1000) == "anna");
    CHECK(user_name(passwd, 100) == "#100");
    CHECK(user_name("", 7) == "#7");
}
