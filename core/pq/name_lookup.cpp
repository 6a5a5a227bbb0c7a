#include "pq/name_lookup.hpp"

#include <arpa/nameser.h>
#include <netinet/in.h>
#include <resolv.h>

#include <algorithm>

namespace pgclone::pq {

namespace {

constexpr int kSeconds = 1;
constexpr int kAttempts = 2;

}  // namespace

QuickNameLookup::QuickNameLookup() noexcept {
  if ((_res.options & RES_INIT) == 0 && res_init() != 0) return;
  changed_ = true;
  timeout_ = _res.retrans;
  attempts_ = _res.retry;
  _res.retrans = std::min(timeout_, kSeconds);
  _res.retry = std::min(attempts_, kAttempts);
}

QuickNameLookup::~QuickNameLookup() {
  if (!changed_) return;
  _res.retrans = timeout_;
  _res.retry = attempts_;
}

}  // namespace pgclone::pq
