// SPDX-License-Identifier: Apache-2.0
// packagefiles/catch2/config/catch2/catch_user_config.hpp - what Catch2's own build would write.
#pragma once

#define CATCH_CONFIG_DEFAULT_REPORTER "console"
#define CATCH_CONFIG_CONSOLE_WIDTH 80
