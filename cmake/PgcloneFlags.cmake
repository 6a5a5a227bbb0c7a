# Flags for our own code. Headers of others come in with -isystem, so warnings can be errors.
add_library(pgclone_flags INTERFACE)
target_compile_options(
  pgclone_flags
  INTERFACE -Wall -Wextra -Werror -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast
            -Wcast-align -Wunused -Woverloaded-virtual)
# An index that a source made wrong ends in an abort with a message, never in somebody else's memory.
target_compile_definitions(pgclone_flags INTERFACE _GLIBCXX_ASSERTIONS)
if(PGCLONE_SANITIZE)
  target_compile_options(pgclone_flags INTERFACE -fsanitize=address,undefined
                                                 -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(pgclone_flags INTERFACE -fsanitize=address,undefined)
endif()
