// The option "data_only": rows go into tables that the target has.
#pragma once

#include "job/spec.hpp"

namespace pgclone::job {

// Throws Error (22023) where the spec, which asks for rows only, asks for something that
// contradicts it or means nothing with it.
void check_data_only(const JobSpec& spec);

}  // namespace pgclone::job
