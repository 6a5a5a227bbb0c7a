# Asks pg_config once. Only ext/ links pgclone_server_headers: nothing else can see them.
find_program(PG_CONFIG pg_config REQUIRED)
foreach(item IN ITEMS version includedir-server includedir pkglibdir sharedir bindir)
  string(MAKE_C_IDENTIFIER "PG_${item}" variable)
  string(TOUPPER "${variable}" variable)
  execute_process(
    COMMAND "${PG_CONFIG}" "--${item}"
    OUTPUT_VARIABLE ${variable}
    OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
endforeach()
if(NOT PG_VERSION MATCHES "PostgreSQL 15")
  message(FATAL_ERROR "pgclone is tested with PostgreSQL 15; ${PG_CONFIG} says: ${PG_VERSION}")
endif()

add_library(pgclone_server_headers INTERFACE)
target_include_directories(pgclone_server_headers SYSTEM INTERFACE "${PG_INCLUDEDIR_SERVER}")

add_library(pgclone_libpq INTERFACE)
target_include_directories(pgclone_libpq SYSTEM INTERFACE "${PG_INCLUDEDIR}")
target_link_libraries(pgclone_libpq INTERFACE pq)
