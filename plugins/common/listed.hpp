// Relations are listed by OID and read by name, which may mean another one by then: a view that the
// owner has put there, say, whose functions would run with the rights of the role that reads.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "pgclone/plugin/error.hpp"
#include "pgclone/plugin/session.hpp"

namespace pgclone::common {

struct Listed {
  std::uint32_t oid = 0;
  std::string label;   // its name, qualified and quoted
  bool stored = true;  // it has a file: a partitioned table has none, nor has a view
};

// As a step's payload.
std::string to_text(const Listed& listed);
Listed listed_from(std::string_view text);

// 55000: the name means something else by now.
Error replaced(const std::string& label);

// Throws replaced() for the first of them that isn't what it was. What is locked stays so until the
// transaction ends.
void demand_same(Session& source, std::span<const Listed> relations);

// Begins a query that reads the table of that name: the source refuses it, before anything of it
// runs, if that is a view or foreign table. Costs nothing else: what is never referred to is parsed
// and thrown away.
std::string if_table(const std::string& label);
// Whether the source refused a query for that.
bool is_no_table(const Error& error);

// Locks a table until the transaction ends, and demands that it is the same.
void hold(Session& source, const Listed& table);

// What a condition reads besides its row stands in parentheses, be it a query or a function's
// arguments.
bool may_read_views(std::string_view condition);

// What the user's own condition reads is his to choose, views included: they are as readable as
// they were before the clone forbade them. Around queries of if_table() only.
class ViewsReadable {
 public:
  explicit ViewsReadable(Session& source);
  // Not a destructor's work: after an error the transaction is of no use.
  void end();

 private:
  Session& source_;
  std::string forbidden_;  // empty where the server can't forbid anything
};

}  // namespace pgclone::common
