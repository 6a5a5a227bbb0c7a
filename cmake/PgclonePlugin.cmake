# pgclone_plugin(name source...): a strategy plugin, <pkglibdir>/pgclone/<name>.so, which exports
# exactly one symbol and has no unresolved ones.
function(pgclone_plugin name)
  add_library(pgclone_plugin_${name} MODULE ${ARGN})
  set_target_properties(
    pgclone_plugin_${name}
    PROPERTIES PREFIX "" OUTPUT_NAME "${name}" LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib/pgclone"
               INSTALL_RPATH "$ORIGIN/.." LINK_DEPENDS "${PROJECT_SOURCE_DIR}/cmake/plugin.map")
  target_link_libraries(pgclone_plugin_${name} PRIVATE pgclone_flags pgclone_core)
  target_link_options(pgclone_plugin_${name} PRIVATE
                      "LINKER:--version-script=${PROJECT_SOURCE_DIR}/cmake/plugin.map")
  if(NOT PGCLONE_SANITIZE)
    target_link_options(pgclone_plugin_${name} PRIVATE "LINKER:-z,defs")
  endif()
endfunction()
