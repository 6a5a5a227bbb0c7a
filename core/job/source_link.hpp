// A job's connections to the source: the keeper, which holds the snapshot and the locks, and the
// one that copies. They are two, so that a copy that breaks takes nothing with it but itself: the
// next one runs on a new connection, under the same snapshot.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "host/plugin_call.hpp"
#include "job/engine.hpp"
#include "pgclone/plugin/strategy.hpp"
#include "pq/libpq_session.hpp"

namespace pgclone::job {

class SourceLink {
 public:
  // Connects the keeper and acquires the snapshot. In a synchronous call, where the first failure
  // ends everything, the keeper copies too (single_connection).
  SourceLink(Ports& ports, std::string_view strategy, bool single_connection);
  // In a worker of a pool: copies under a snapshot that the coordinator's keeper holds.
  SourceLink(Ports& ports, std::string_view strategy, std::string snapshot_id);
  ~SourceLink();
  SourceLink(const SourceLink&) = delete;
  SourceLink& operator=(const SourceLink&) = delete;

  [[nodiscard]] Session& keeper() { return *keeper_; }
  // In the job's snapshot; connects when there is no living connection.
  Session& copier();
  // For sessions from now on, and the living ones.
  void set_search_path(const std::string& path);
  [[nodiscard]] const std::string& snapshot_id() const { return snapshot_id_; }
  [[nodiscard]] bool consistent() const { return snapshot_.consistent(); }
  // The keeper still holds the snapshot, as far as this process can tell. A round trip, of one ping
  // interval at most: packets that are dropped silently would be waited for without end.
  [[nodiscard]] bool snapshot_stands();
  // Without one moment for all: lets go of the tables that were copied.
  void end_moment();
  // The copier's connection is of no use any more: the next copier() makes a new one.
  void drop_copier() noexcept;
  // Nothing will be read any more: lets the source go.
  void release() noexcept;

 private:
  std::unique_ptr<pq::LibpqSession> connect();
  void adopt();
  // What a new transaction needs beside what begins it.
  void prepare(Session& session);
  [[nodiscard]] host::Callee callee(std::string_view method) const;

  Ports& ports_;
  std::string strategy_;
  SnapshotStrategy& snapshot_;
  bool single_connection_;
  std::unique_ptr<pq::LibpqSession> keeper_;
  std::unique_ptr<pq::LibpqSession> copier_;
  std::string snapshot_id_;
  std::string search_path_ = "pg_catalog, pg_temp";
  std::optional<bool> knows_tables_only_;
};

}  // namespace pgclone::job
