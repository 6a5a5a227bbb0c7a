// Symbol visibility of the plugin contract.
#pragma once

// Everything is compiled with hidden visibility; what crosses a shared object's border says so.
#define PGCLONE_API __attribute__((visibility("default")))
