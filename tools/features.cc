// SPDX-License-Identifier: Apache-2.0
// tools/features.cc - `davit features`.
#include "base/try.h"
#include "base/version.h"
#include "davit/config.h"
#include "output.h"
#include "verb.h"

namespace davit::cli {

namespace {

Result<int> run_features(Call const&) {
    auto known = TRY(features());
    auto& annotations = known.annotations.emplace(known.annotations.value_or(spec::TextMap{}));
    annotations["io.davit.version"] = version;
    annotations["io.davit.commit"] = commit;
    TRY(print(write_features(known) + "\n"));
    return 0;
}

} // namespace

extern Verb const features_verb;
constinit Verb const features_verb = {
    .name = "features",
    .synopsis = "",
    .help = "print what davit can do on this kernel, as JSON",
    .details = "The document is the \"Features structure\" of the OCI runtime specification. "
               "It needs no\nprivilege.\n",
    .options = {},
    .shared_options = {},
    .run = run_features,
    .examples = "davit features\n",
    .see_also = "explain",
};

} // namespace davit::cli
