#include "session/backend_copy.hpp"

#include <string>

#include "guard/server_call.hpp"
#include "pgclone/plugin/error.hpp"
#include "pgclone/plugin/sql.hpp"
#include "session/copy_source.hpp"

#include "server.hpp"

#include "session/direct_load.hpp"
#include "session/memory_owner.hpp"
#include "session/value_error.hpp"

namespace pgclone::session {

namespace {

// From here on: under the guard, C in all but name.

char* duplicate(std::string_view text) {
  return pnstrdup(text.data(), text.size());
}

List* column_names(const CopyTarget& target) {
  List* names = NIL;
  for (const std::string_view column : target.columns) {
    names = lappend(names, makeString(duplicate(column)));
  }
  return names;
}

// BeginCopyFrom() checks none of this: its callers must, or anybody could write anywhere.
void check_rights(ParseState* state, Relation relation, const List* numbers) {
  ParseNamespaceItem* const item =
      addRangeTableEntryForRelation(state, relation, RowExclusiveLock, nullptr, false, false);
  RangeTblEntry* const entry = item->p_rte;
  entry->requiredPerms = ACL_INSERT;
  ListCell* cell;
  foreach (cell, numbers) {
    entry->insertedCols =
        bms_add_member(entry->insertedCols, lfirst_int(cell) - FirstLowInvalidHeapAttributeNumber);
  }
  ExecCheckRTPerms(state->p_rtable, true);
  if (check_enable_rls(RelationGetRelid(relation), InvalidOid, false) == RLS_ENABLED) {
    ereport(ERROR,
            (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
             errmsg("COPY FROM not supported with row-level security"),
             errdetail("Row-level security applies to you on table \"%s.%s\".",
                       get_namespace_name(RelationGetNamespace(relation)),
                       RelationGetRelationName(relation)),
             errhint("Clone as a role that bypasses row-level security, or into another table.")));
  }
  if (XactReadOnly && !relation->rd_islocaltemp) PreventCommandIfReadOnly("COPY FROM");
}

// The conditions under which COPY (FREEZE) does not raise an error.
bool may_freeze(Relation relation) {
  if (relation->rd_rel->relkind != RELKIND_RELATION) return false;
  const SubTransactionId now = GetCurrentSubTransactionId();
  if (relation->rd_createSubid != now && relation->rd_newRelfilenodeSubid != now) return false;
  InvalidateCatalogSnapshot();
  return ThereAreNoPriorRegisteredSnapshots() && ThereAreNoReadyPortals();
}

List* copy_options(CopyFormat format, bool freeze) {
  const char* const encoding = GetDatabaseEncodingName();
  List* options = NIL;
  const auto add = [&options](const char* name, const char* value) {
    options = lappend(
        options,
        makeDefElem(pstrdup(name), reinterpret_cast<Node*>(makeString(pstrdup(value))), -1));
  };
  add("format", format == CopyFormat::binary ? "binary" : "text");
  // The source session's client_encoding is our database's.
  add("encoding", encoding);
  if (freeze) add("freeze", "true");
  return options;
}

// The server's own callback says where; this one, around it, what.
void blame_value_of(void* argument) {
  const auto* const copy = static_cast<const CopyFromStateData*>(argument);
  if (copy->cur_attname == nullptr) return;
  blame_value(copy->opts.binary ? ERRCODE_INVALID_BINARY_REPRESENTATION
                                : ERRCODE_INVALID_TEXT_REPRESENTATION);
}

uint64 copy_by_server(ParseState* state, Relation relation, List* columns, List* options) {
  const CopyFromState copy = BeginCopyFrom(state, relation, nullptr, nullptr, false,
                                           pgclone_copy_source, columns, options);
  ErrorContextCallback value{error_context_stack, blame_value_of, copy};
  error_context_stack = &value;
  const uint64 rows = CopyFrom(copy);
  error_context_stack = value.previous;
  EndCopyFrom(copy);
  return rows;
}

uint64 copy_rows(const CopyTarget& target, MemoryContext memory) {
  MemoryContextSwitchTo(memory);
  // What earlier statements of the transaction did must be seen by defaults and triggers.
  CommandCounterIncrement();
  PushActiveSnapshot(GetTransactionSnapshot());
  RangeVar* const name = makeRangeVar(target.schema.empty() ? nullptr : duplicate(target.schema),
                                      duplicate(target.relation), -1);
  const Relation relation = table_openrv(name, RowExclusiveLock);
  List* const columns = column_names(target);
  ParseState* const state = make_parsestate(nullptr);
  List* const numbers = CopyGetAttnums(RelationGetDescr(relation), relation, columns);
  check_rights(state, relation, numbers);
  const bool freeze = target.freeze && may_freeze(relation);
  const uint64 rows =
      target.format == CopyFormat::binary && may_load_directly(relation, numbers)
          ? load_directly(relation, numbers, freeze)
          : copy_by_server(state, relation, columns, copy_options(target.format, freeze));
  free_parsestate(state);
  table_close(relation, NoLock);
  PopActiveSnapshot();
  CommandCounterIncrement();
  return rows;
}

// Receive functions take text for text of the client, whatever the COPY says; ours comes from the
// source, in the database's encoding. Not a setting that is pinned: the client's has to be back
// before an error is sent to it.
class TextOfTheDatabase {
 public:
  TextOfTheDatabase()
      : client_(guard::server_call([] {
          const int client = pg_get_client_encoding();
          SetClientEncoding(GetDatabaseEncoding());
          return client;
        })) {}
  // It was in use, so the conversion is at hand.
  ~TextOfTheDatabase() {
    guard::server_call_noexcept([this] { SetClientEncoding(client_); });
  }
  TextOfTheDatabase(const TextOfTheDatabase&) = delete;
  TextOfTheDatabase& operator=(const TextOfTheDatabase&) = delete;

 private:
  int client_;
};

}  // namespace

std::uint64_t copy_from(const CopyTarget& target, CopyReader& reader) {
  ActiveCopy copy{.reader = &reader};
  const OneCopy one(&copy);
  const MemoryOwner memory;
  const TextOfTheDatabase text;
  const std::uint64_t rows =
      guard::server_call([&target, &memory] { return copy_rows(target, memory.get()); });
  // The server stops reading at an end-of-data mark; what the source says last must be heard, too.
  if (copy.more()) {
    throw Error(sqlstate::kProtocolViolation,
                "the source sent data behind the end of the copy into " +
                    sql::qualified(target.schema, target.relation))
        .with_hint("Use the other copy format, and report this.");
  }
  return rows;
}

}  // namespace pgclone::session
