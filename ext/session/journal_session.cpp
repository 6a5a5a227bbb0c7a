#include "session/journal_session.hpp"

#include "session/pinned_settings.hpp"

#include "guard/server_call.hpp"
#include "pgclone/plugin/error.hpp"

#include "server.hpp"

namespace pgclone::session {

namespace {

// Both calls only assign, so they need no guard; and the destructor runs on every way out but
// FATAL, after which there is nobody left to be.
class ActAs {
 public:
  explicit ActAs(Oid role) noexcept {
    GetUserIdAndSecContext(&user_, &context_);
    SetUserIdAndSecContext(role, context_ | SECURITY_LOCAL_USERID_CHANGE | SECURITY_NOFORCE_RLS);
  }
  ~ActAs() { SetUserIdAndSecContext(user_, context_); }
  ActAs(const ActAs&) = delete;
  ActAs& operator=(const ActAs&) = delete;

 private:
  Oid user_ = InvalidOid;
  int context_ = 0;
};

[[noreturn]] void refuse_copy() {
  throw Error(sqlstate::kFeatureNotSupported, "the journal's session copies no rows")
      .with_origin(Origin::target);
}

}  // namespace

void JournalSession::execute(std::string_view sql, std::span<const Param> params) {
  if (!in_transaction()) {
    // Begun and ended as the caller: the server remembers the user that a transaction began with.
    begin(TransactionMode::read_write);
    try {
      execute(sql, params);
      commit();
    } catch (...) {
      rollback();
      throw;
    }
    return;
  }
  // What ran before in this transaction may have changed the path: an operator of somebody else's
  // schema must not run as the extension's owner.
  PinnedSettings path;
  path.set("search_path", "pg_catalog, pg_temp");
  const ActAs owner(owner_);
  shared_.run(sql, params, Statements::any, result_, &prepared_);
}

const Result& JournalSession::query(std::string_view sql, std::span<const Param> params) {
  execute(sql, params);
  return result_;
}

CopyReader& JournalSession::copy_out(std::string_view) {
  refuse_copy();
}
std::uint64_t JournalSession::copy_in(const CopyTarget&, CopyReader&) {
  refuse_copy();
}

unsigned extension_owner() {
  return guard::server_call([] {
    const Oid extension = get_extension_oid("pgclone", false);
    // There is no lookup function for an extension's owner; its schema is made by the same script,
    // but may be given away, so ask the catalog.
    const Relation catalog = table_open(ExtensionRelationId, AccessShareLock);
    ScanKeyData key;
    ScanKeyInit(&key, Anum_pg_extension_oid, BTEqualStrategyNumber, F_OIDEQ,
                ObjectIdGetDatum(extension));
    const SysScanDesc scan =
        systable_beginscan(catalog, ExtensionOidIndexId, true, nullptr, 1, &key);
    const HeapTuple tuple = systable_getnext(scan);
    const Oid owner =
        HeapTupleIsValid(tuple)
            ? static_cast<Form_pg_extension>(static_cast<void*>(GETSTRUCT(tuple)))->extowner
            : InvalidOid;
    systable_endscan(scan);
    table_close(catalog, AccessShareLock);
    return owner;
  });
}

}  // namespace pgclone::session
