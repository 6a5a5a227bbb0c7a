// Triggers, policies and rules: what would act if rows were written in the wrong way.
#include "pgclone/plugin/sql.hpp"
#include "support/random_schema/families.hpp"

namespace pgclone::test::random_schema {

namespace {

Relation* pick_form(Builder& b, Form form) {
  std::vector<Relation*> fitting;
  for (Relation& relation : b.relations) {
    if (relation.form == form) fitting.push_back(&relation);
  }
  return fitting.empty() ? nullptr : b.random.pick(fitting);
}

// The columns' conditions, of the row that the trigger sees.
std::string when(Builder& b, const Relation& table, const char* row, bool before) {
  if (!b.random.chance(40)) return "";
  Relation visible = table;
  if (before) std::erase_if(visible.columns, [](const Column& column) { return column.generated; });
  return text({" WHEN (", b.condition(visible, false, row), ")"});
}

std::string row_trigger(Builder& b, const Relation& table) {
  static constexpr const char* kEvents[] = {"INSERT", "UPDATE", "INSERT OR UPDATE"};
  const bool before = b.random.chance(50);
  std::string columns;
  const char* const events = b.random.pick(kEvents);
  if (!table.columns.empty() && std::string_view(events).ends_with("UPDATE") && b.random.chance(30))
    columns = text({" OF ", b.random.pick(table.columns).name});
  return text({before ? " BEFORE " : " AFTER ", events, columns, " ON ", table.name,
               " FOR EACH ROW", when(b, table, "NEW", before)});
}

std::string statement_trigger(Builder& b, const Relation& table) {
  if (b.random.chance(50) && !table.in_tree && table.form == Form::table) {
    return text({" AFTER UPDATE ON ", table.name, " REFERENCING OLD TABLE AS ", b.fresh_quoted(),
                 " NEW TABLE AS ", b.fresh_quoted(), " FOR EACH STATEMENT"});
  }
  static constexpr const char* kEvents[] = {" BEFORE TRUNCATE", " AFTER DELETE", " BEFORE INSERT"};
  return text({b.random.pick(kEvents), " ON ", table.name});
}

void set_state(Builder& b, const Relation& table, std::string_view trigger) {
  static constexpr const char* kStates[] = {
      "", "", "", " DISABLE TRIGGER ", " ENABLE ALWAYS TRIGGER ", " ENABLE REPLICA TRIGGER "};
  const std::string_view state = b.random.pick(kStates);
  if (!state.empty()) b.add({"ALTER TABLE ", table.name, state, trigger});
}

// An insertion into the view becomes one into a table.
void make_insert_rule(Builder& b) {
  const Relation* const view = pick_form(b, Form::view);
  const Relation* const table = pick_form(b, Form::table);
  if (view == nullptr || table == nullptr) return;
  const std::string name = b.fresh_quoted();
  std::string insert = text({"INSERT INTO ", table->name, " DEFAULT VALUES"});
  for (const Column& to : table->columns) {
    for (const Column& from : view->columns) {
      if (to.generated || to.identity_always || to.type.sql != from.type.sql) continue;
      insert = text({"INSERT INTO ", table->name, " (", to.name, ") VALUES (NEW.", from.name, ")"});
    }
  }
  b.add({"CREATE RULE ", name, " AS ON INSERT TO ", view->name, " DO ",
         b.random.chance(50) ? "INSTEAD " : "ALSO ", insert});
  b.made("RULE", text({name, " ON ", view->name}), false);
}

std::string rule_action(Builder& b, bool instead, bool conditional) {
  if (instead) return "INSTEAD NOTHING";
  const Type& type = b.any_type();
  if (conditional) return text({"ALSO SELECT ", b.expression(type), " AS ", b.fresh_quoted()});
  return text({"ALSO NOTIFY ", b.fresh_quoted()});
}

}  // namespace

void make_trigger(Builder& b) {
  if (b.trigger_functions.empty()) make_trigger_function(b);
  const bool on_view = b.random.chance(15);
  const bool on_tree = !on_view && b.random.chance(20);
  const Relation* const table =
      pick_form(b, on_view ? Form::view : (on_tree ? Form::partitioned : Form::table));
  if (table == nullptr) return;
  const std::string name = b.fresh_quoted();
  const std::string call = text({" EXECUTE FUNCTION ", b.random.pick(b.trigger_functions), "(",
                                 b.random.chance(30) ? "'a \\ b', '%'" : "", ")"});
  if (on_view) {
    b.add({"CREATE TRIGGER ", name, " INSTEAD OF UPDATE ON ", table->name, " FOR EACH ROW", call});
  } else if (!on_tree && b.random.chance(15)) {
    b.add({"CREATE CONSTRAINT TRIGGER ", name, " AFTER INSERT OR DELETE ON ", table->name,
           " DEFERRABLE", b.random.chance(50) ? " INITIALLY DEFERRED" : "", " FOR EACH ROW", call});
  } else {
    b.add({"CREATE TRIGGER ", name,
           b.random.chance(70) ? row_trigger(b, *table) : statement_trigger(b, *table), call});
    set_state(b, *table, name);
  }
  b.made("TRIGGER", text({name, " ON ", table->name}), false);
}

void make_policy(Builder& b) {
  const Relation* const table = pick_form(b, b.random.chance(80) ? Form::table : Form::partitioned);
  if (table == nullptr) return;
  static constexpr const char* kSwitches[] = {"ENABLE", "FORCE"};
  b.add({"ALTER TABLE ", table->name, " ", b.random.pick(kSwitches), " ROW LEVEL SECURITY"});
  const std::string name = b.fresh_quoted();
  b.add({"CREATE POLICY ", name, " ON ", table->name, b.random.chance(30) ? " AS RESTRICTIVE" : "",
         b.random.chance(50) ? " FOR UPDATE TO PUBLIC" : "", " USING (", b.condition(*table, false),
         ")",
         b.random.chance(50) ? text({" WITH CHECK (", b.condition(*table, false), ")"})
                             : std::string()});
  b.made("POLICY", text({name, " ON ", table->name}), false);
}

void make_rule(Builder& b) {
  if (b.random.chance(30)) return make_insert_rule(b);
  const bool on_view = b.random.chance(50);
  const Relation* const table = pick_form(b, on_view ? Form::view : Form::table);
  if (table == nullptr) return;
  const std::string name = b.fresh_quoted();
  const std::string where =
      b.random.chance(40) ? text({" WHERE ", b.condition(*table, false, "OLD")}) : std::string();
  b.add({"CREATE RULE ", name, " AS ON ", b.random.chance(50) ? "UPDATE" : "DELETE", " TO ",
         table->name, where, " DO ", rule_action(b, on_view && where.empty(), !where.empty())});
  if (!on_view && b.random.chance(30)) b.add({"ALTER TABLE ", table->name, " DISABLE RULE ", name});
  b.made("RULE", text({name, " ON ", table->name}), false);
}

}  // namespace pgclone::test::random_schema
