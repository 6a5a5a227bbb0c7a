// What reading statements needs of the server's headers, beside server.hpp, which comes before.
#pragma once

extern "C" {
#include <common/keywords.h>
#include <parser/scanner.h>
#include <parser/scansup.h>
}
