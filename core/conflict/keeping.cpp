#include "conflict/keeping.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <unordered_map>

#include "pgclone/plugin/error.hpp"

namespace pgclone::conflict {
namespace {

// Lines for a DETAIL, one per object: table s.t: index i, trigger t
class List {
 public:
  void add(const Belonging& item, std::string_view more = {}) {
    std::string& line = lines_[item.object];
    line += (line.empty() ? "" : ", ") + item.name + std::string(more);
  }
  [[nodiscard]] bool empty() const { return lines_.empty(); }
  [[nodiscard]] std::size_t size() const { return lines_.size(); }
  [[nodiscard]] const std::string& first() const { return lines_.begin()->first; }
  [[nodiscard]] std::string text() const {
    std::string text;
    for (const auto& [object, line] : lines_)
      text += (text.empty() ? "" : "\n") + object + ": " + line;
    return text;
  }

 private:
  std::map<std::string, std::string> lines_;
};

[[noreturn]] void refuse(const List& list, std::string_view sqlstate, std::string_view what,
                         std::string_view hint) {
  throw Error(sqlstate,
              (list.size() == 1 ? list.first() : std::to_string(list.size()) + " objects") +
                  " cannot be " + std::string(what))
      .with_detail(list.text())
      .with_hint(std::string(hint));
}

void refuse_subscribed(const std::vector<Belonging>& old, std::string_view what) {
  List list;
  for (const auto& item : old)
    if (item.care == Care::subscribed) list.add(item);
  if (!list.empty())
    refuse(
        list, "55006", what,
        R"(Another table of that name would get no changes. Use {"data_only": true}, or end the )"
        "subscription first.");
}

// One object after the swap, by the names of what it has.
class Fresh {
 public:
  void add(const Belonging& item) {
    if (item.care == Care::owner) owner_ = item.name;
    if (!item.name.empty()) items_.emplace(item.name, item);
  }
  [[nodiscard]] const Belonging* find(const std::string& name) const {
    const auto found = items_.find(name);
    return found == items_.end() ? nullptr : &found->second;
  }
  [[nodiscard]] const std::string& owner() const { return owner_; }
  [[nodiscard]] const std::map<std::string, Belonging>& items() const { return items_; }

 private:
  std::string owner_;
  std::map<std::string, Belonging> items_;
};

using FreshObjects = std::unordered_map<std::string, Fresh>;

FreshObjects look_at(Session& target, const std::vector<ObjectId>& objects) {
  FreshObjects found;
  for (const auto& item : belongings(target, objects)) found[item.key].add(item);
  return found;
}

bool is_right(Care care) {
  return care == Care::privilege || care == Care::owner_privilege || care == Care::implied ||
         care == Care::open;
}

class Handover {
 public:
  Handover(Session& target, const std::vector<Belonging>& old, const std::vector<ObjectId>& fresh,
           Brought brought)
      : target_(target), old_(old), brought_(brought), fresh_(look_at(target, fresh)) {
    if (!brought.owners && give_owners()) fresh_ = look_at(target, fresh);
  }

  void run() {
    find_lost_columns();
    if (!brought_.privileges) revoke_new_rights();
    for (const auto& item : old_) {
      const auto found = fresh_.find(item.key);
      if (found == fresh_.end())
        tell_missing(item);
      else
        hand_over(item, found->second);
    }
  }

  void report(Host& host) const {
    if (!lost_.empty())
      host.report(Severity::warning,
                  "objects that were replaced had more on the target than the source defines",
                  lost_.text(), "It is gone. Make again what is still needed.");
    if (!published_.empty())
      host.report(
          Severity::notice, "tables that were replaced are published", published_.text(),
          "Subscribers get what changes from now on; the rows of the clone they don't get.");
  }

 private:
  void make(const Belonging& item, const std::string& statement) {
    try {
      target_.execute(statement);
    } catch (const Error& error) {
      if (error.is_cancel()) throw;
      throw Error(error.sqlstate(), item.object + " cannot keep its " + item.name)
          .with_detail(error.message())
          .with_hint("It doesn't fit what the source defines: change it or drop it first.")
          .with_origin(Origin::target);
    }
  }

  bool give_owners() {
    bool any = false;
    for (const auto& item : old_) {
      const auto found = fresh_.find(item.key);
      if (item.care != Care::owner || found == fresh_.end() || found->second.owner().empty() ||
          found->second.owner() == item.name)
        continue;
      make(item, item.make);
      any = true;
    }
    return any;
  }

  // What is about a column goes with it.
  void find_lost_columns() {
    for (const auto& item : old_) {
      const auto found = fresh_.find(item.key);
      if (item.care == Care::told && item.name.starts_with("column ") && found != fresh_.end() &&
          found->second.find(item.name) == nullptr)
        lost_columns_.emplace(item.key, item.column);
    }
  }

  void revoke_new_rights() {
    std::set<std::pair<std::string, std::string>> had;
    for (const auto& item : old_)
      if (is_right(item.care)) had.emplace(item.key, item.name);
    std::set<std::string> replaced;
    for (const auto& item : old_) replaced.insert(item.key);
    for (const auto& key : replaced) {
      const auto found = fresh_.find(key);
      if (found == fresh_.end()) continue;
      for (const auto& [name, item] : found->second.items())
        if (is_right(item.care) && !had.contains({key, name}) &&
            !(brought_.owners && item.care == Care::owner_privilege))
          make(item, item.unmake);
    }
  }

  void tell_missing(const Belonging& item) {
    if (!told_missing_.insert(item.key).second) return;
    Belonging whole = item;
    whole.name = "itself, with its owner and privileges";
    lost_.add(whole);
  }

  void hand_over(const Belonging& item, const Fresh& fresh) {
    const Belonging* const has = fresh.find(item.name);
    const bool column_lost = !item.column.empty() && !item.name.starts_with("column ") &&
                             lost_columns_.contains({item.key, item.column});
    if (column_lost) return;
    switch (item.care) {
      case Care::privilege:
      case Care::owner_privilege:
        hand_over_right(item, has);
        break;
      case Care::protection:
        if (has == nullptr)
          make(item, item.make);
        else if (has->make != item.make)
          lost_.add(item, " as it was");
        break;
      case Care::publication:
        if (has == nullptr && !item.make.empty()) make(item, item.make);
        published_.add(item);
        break;
      case Care::open:
        if (has == nullptr) lost_.add(item, " (the source has revoked it)");
        break;
      case Care::told:
        if (has == nullptr) lost_.add(item);
        break;
      default:
        break;
    }
  }

  void hand_over_right(const Belonging& item, const Belonging* has) {
    if (has != nullptr) return;
    const bool of_owner = item.care == Care::owner_privilege;
    if (brought_.privileges || (of_owner && brought_.owners)) {
      if (!of_owner) lost_.add(item);
    } else {
      make(item, item.make);
    }
  }

  Session& target_;
  const std::vector<Belonging>& old_;
  Brought brought_;
  FreshObjects fresh_;
  std::set<std::pair<std::string, std::string>> lost_columns_;
  std::set<std::string> told_missing_;
  List lost_;
  List published_;
};

}  // namespace

Brought brought_along(const Options& options) {
  const auto wanted = [&](std::string_view option) {
    return options.declared(option) && options.boolean(option);
  };
  return {wanted("owners"), wanted("privileges")};
}

void refuse_bound(const std::vector<Belonging>& old, Brought brought, std::string_view what) {
  refuse_subscribed(old, what);
  List bound, owned;
  for (const auto& item : old) {
    if (item.care == Care::bound) bound.add(item);
    if (item.care == Care::foreign_owner && !brought.owners) owned.add(item);
  }
  if (!bound.empty())
    refuse(bound, sqlstate::kDependentObjectsStillExist, what,
           "Take it out of there first, or let a role clone that may put the new one in.");
  if (!owned.empty())
    refuse(
        owned, sqlstate::kInsufficientPrivilege, what,
        R"(Clone as a member of that role, which needs CREATE on the schema, or with {"owners": )"
        "true}.");
}

void check_moved(Session& target, const std::vector<ObjectId>& objects,
                 std::vector<std::string>& warnings) {
  if (objects.empty()) return;
  const auto old = belongings(target, objects);
  refuse_subscribed(old, "renamed");
  List list;
  for (const auto& item : old)
    if (item.care == Care::privilege || item.care == Care::protection ||
        (item.care == Care::publication && !item.make.empty()))
      list.add(item);
  if (!list.empty()) warnings.push_back(list.text());
}

void hand_over(Session& target, Host& host, const std::vector<Belonging>& old,
               const std::vector<ObjectId>& fresh, Brought brought) {
  Handover handover(target, old, fresh, brought);
  handover.run();
  handover.report(host);
}

}  // namespace pgclone::conflict
