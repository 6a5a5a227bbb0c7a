// Every setting that a clone pins on one of the servers, and why. Nothing else is touched: what a
// database computes (checks, generated columns, materialized views), it computes under its own
// settings. docs/architecture.md ("Settings") is this table in words.
#pragma once

#include <string_view>

namespace pgclone::settings {

struct Pinned {
  std::string_view name;
  std::string_view value;
  int since = 0;  // of a source: the first server version that has it. The target is asked.
};

// Nothing in a user's schema can capture a name.
inline constexpr std::string_view kPlainPath = "pg_catalog, pg_temp";

// On the target, from a call's or worker's first statement to its last: text of the source means
// there what it means on the source.
inline constexpr Pinned kOnTarget[] = {
    // Deparsed constants have their backslashes as they are; read as escapes, they could even end
    // the constant.
    {"standard_conforming_strings", "on"},
    {"array_nulls", "on"},             // NULL in an array's text is no string
    {"xmloption", "content"},          // not all XML is a document
    {"default_tablespace", ""},        // where nothing is said, the database's
    {"quote_all_identifiers", "off"},  // some catalogs keep options as they were printed
    // Who wrote a body has checked it, and what it names may come later.
    {"check_function_bodies", "off"},
};

// Beside those, where only the server's own code may: foreign keys are checked, whoever has turned
// that off for a database. A superuser's setting.
inline constexpr Pinned kOnTargetByServer[] = {
    {"session_replication_role", "origin"},
};

// In the background workers of a job, whose waits for one another and for rows are no mistakes. A
// caller's own transaction keeps its limits: they are for all that it does.
inline constexpr Pinned kInWorkers[] = {
    {"lock_timeout", "0"}, {"transaction_timeout", "0"},  // from PostgreSQL 17 on
};

// On both sides where values or names are printed: what is compared as text is equal, and rows and
// constants are read in the same way whatever these say where they are read. On the target only
// while planning, since nothing is computed there then.
inline constexpr Pinned kPrinting[] = {
    {"DateStyle", "ISO"},           // years first: no order of day and month can mislead
    {"IntervalStyle", "postgres"},  // a sign for each field: none is taken for all
    {"extra_float_digits", "3"},    // all digits, from servers before 12 as well
    {"bytea_output", "hex"},
};

// On the source, in each of our transactions and no longer.
inline constexpr Pinned kOnSource[] = {
    // A copy may take as long as it takes, and the keeper waits for all of them. First, since the
    // time runs already.
    {"statement_timeout", "0"},
    {"transaction_timeout", "0", 170000},
    {"idle_in_transaction_session_timeout", "0"},
    {"lock_timeout", "0"},
    {"quote_all_identifiers", "off"},
    {"standard_conforming_strings", "on"},
    {"row_security", "off"},          // a filtered read must fail, not lose rows
    {"gin_fuzzy_search_limit", "0"},  // nor may an index return some of the rows
    {"synchronize_seqscans", "off"},  // rows in the order in which they are stored
    {"exit_on_error", "off"},         // some errors are answers
    {"jit", "off", 110000},  // a hundred catalog queries would be compiled, each for one run
};

// What was listed as a table is read by its name, under which its owner may have put a view since,
// whose functions would run with our rights. Servers have it since August 2024, in all branches: so
// it is asked for, once a transaction has begun.
inline constexpr Pinned kTablesOnly = {"restrict_nonsystem_relation_kind", "view, foreign-table"};

// The server notices soon that we have left, even while a statement waits for a lock. Not every
// operating system can do it.
inline constexpr Pinned kChecksClient = {"client_connection_check_interval", "250ms", 140000};

}  // namespace pgclone::settings
