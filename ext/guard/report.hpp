// Messages below ERROR, and SQLSTATEs as the server packs them.
#pragma once

#include <string_view>

#include "pgclone/plugin/host.hpp"

namespace pgclone::guard {

// "57014" -> the server's packed integer; XX000 if it is no SQLSTATE.
int make_sqlstate(std::string_view sqlstate) noexcept;

// A DEBUG1, INFO, NOTICE or WARNING of the server, to client and log as its settings say. The
// user's statement is kept out of the log. Throws ServerError if the server can't send it.
void report(Severity severity, std::string_view message, std::string_view detail = {},
            std::string_view hint = {});

// A LOG line of the server; never throws. Usable as a log::Sink (state is ignored).
void log_line(void* state, Severity severity, std::string_view line) noexcept;

}  // namespace pgclone::guard
