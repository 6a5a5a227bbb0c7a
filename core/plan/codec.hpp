// Steps as bytes and back, to pass them between processes of one job and one build.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pgclone/plugin/api.hpp"
#include "plan/step.hpp"

namespace pgclone::plan {

PGCLONE_API std::string encode(const std::vector<Step>& steps);
PGCLONE_API std::vector<Step> decode(std::string_view bytes);

}  // namespace pgclone::plan
