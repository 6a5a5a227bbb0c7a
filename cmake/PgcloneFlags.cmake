# Flags for our own code. Headers of others come in with -isystem, so warnings can be errors.
add_library(pgclone_flags INTERFACE)
target_compile_options(
  pgclone_flags
  INTERFACE -Wall -Wextra -Werror -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast
            -Wcast-align -Wunused -Woverloaded-virtual)
if(PGCLONE_SANITIZE)
  target_compile_options(pgclone_flags INTERFACE -fsanitize=address,undefined
                                                 -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(pgclone_flags INTERFACE -fsanitize=address,undefined)
endif()
