#include "support/liar.hpp"

#include <algorithm>

#include "support/lies.hpp"

namespace pgclone::test {

struct Lie {
  std::size_t connection;
  std::size_t message;
  const LieKind* kind;
};

namespace {

constexpr std::size_t kMostRemembered = 5000;

class RecordingLine final : public Tamper {
 public:
  RecordingLine(std::shared_ptr<Profile> profile, std::size_t connection)
      : profile_(std::move(profile)), connection_(connection) {}
  std::string pass(std::string_view bytes) override {
    reader_.feed(bytes);
    while (const auto message = reader_.next()) profile_->at(connection_) += message->type;
    return std::string(bytes);
  }
  [[nodiscard]] bool ended() const override { return false; }
  [[nodiscard]] bool may_hang() const override { return false; }

 private:
  std::shared_ptr<Profile> profile_;
  std::size_t connection_;
  wire::Reader reader_;
};

// The messages of the profile that a kind is about.
std::vector<std::pair<std::size_t, std::size_t>> places_of(const LieKind& kind,
                                                           const Profile& profile) {
  std::vector<std::pair<std::size_t, std::size_t>> places;
  for (std::size_t connection = 0; connection < profile.size(); ++connection)
    for (std::size_t i = 0; i < profile[connection].size(); ++i)
      if (kind.types.empty() || kind.types.find(profile[connection][i]) != std::string_view::npos)
        places.emplace_back(connection, i);
  return places;
}

bool may_be_oid(const std::string& text) {
  return text.size() >= 4 && text.size() <= 10 &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

TamperFactory Recorder::tampers() {
  return [profile = profile_]() -> std::unique_ptr<Tamper> {
    profile->emplace_back();
    return std::make_unique<RecordingLine>(profile, profile->size() - 1);
  };
}

class Liar::Line final : public Tamper {
 public:
  Line(std::shared_ptr<Memory> memory, std::vector<Lie> lies)
      : memory_(std::move(memory)), lies_(std::move(lies)) {}

  std::string pass(std::string_view bytes) override {
    std::string out;
    reader_.feed(bytes);
    while (!context_.ends) {
      const auto message = reader_.next();
      if (!message) break;
      out += told(*message);
      remember(*message);
      ++number_;
    }
    return out;
  }
  [[nodiscard]] bool ended() const override { return context_.ends; }
  [[nodiscard]] bool may_hang() const override { return context_.may_hang; }

 private:
  std::string told(const wire::Message& message) {
    if (message.type != 'D') {
      context_.column = context_.from_column = -1;
      context_.drops_rows = false;
    } else if (context_.drops_rows) {
      return "";
    }
    std::string out;
    bool lied = false;
    for (const Lie& lie : lies_) {
      // A run that was told lies goes another way than the truthful one, and a profile of several
      // connections is none of the order in time: any message of the right type will do then.
      const bool fits =
          lie.kind->types.empty() || lie.kind->types.find(message.type) != std::string_view::npos;
      if (number_ < lie.message || !fits || told_.contains(&lie)) continue;
      told_.insert({&lie, true});
      memory_->told.push_back(std::string(lie.kind->name) + ", in message " +
                              std::to_string(number_) + " of type " + message.type);
      out += lie.kind->tell(message, context_);
      lied = true;
      break;
    }
    if (lied) return out;
    return context_.column >= 0 ? tell_column(message, context_) : wire::encode(message);
  }

  void remember(const wire::Message& message) {
    if (message.type == 'T' || message.type == 'C') rows_.clear();
    if (message.type != 'D' || rows_.size() >= kMostRemembered) return;
    rows_.push_back(wire::decode_row(message.body));
    for (const auto& cell : rows_.back()) {
      if (!cell) continue;
      std::vector<std::string>& seen = may_be_oid(*cell) ? memory_->oids : memory_->texts;
      if (seen.size() < kMostRemembered) seen.push_back(*cell);
    }
  }

  std::shared_ptr<Memory> memory_;
  std::vector<Lie> lies_;
  std::map<const Lie*, bool> told_;
  wire::Reader reader_;
  std::vector<wire::Cells> rows_;
  LieContext context_{memory_->random, memory_->oids, memory_->texts, rows_};
  std::size_t number_ = 0;
};

Liar::Liar(std::uint64_t seed, const Profile& profile)
    : seed_(seed), memory_(std::make_shared<Memory>(seed)) {
  random_schema::Random& random = memory_->random;
  for (int left = random.between(1, 3); left > 0; --left) {
    const LieKind& kind = lie_kinds()[random.below(lie_kinds().size())];
    const auto places = places_of(kind, profile);
    if (places.empty()) continue;
    const auto [connection, message] = places[random.below(places.size())];
    lies_.push_back({connection, message, &kind});
  }
}

Liar::~Liar() = default;

TamperFactory Liar::tampers() {
  return [this]() -> std::unique_ptr<Tamper> {
    std::vector<Lie> lies;
    std::ranges::copy_if(lies_, std::back_inserter(lies),
                         [&](const Lie& lie) { return lie.connection == connections_; });
    ++connections_;
    return std::make_unique<Line>(memory_, std::move(lies));
  };
}

std::string Liar::description() const {
  std::string text = "seed " + std::to_string(seed_) + ":";
  for (const std::string& lie : memory_->told) text += "\n  " + lie;
  return text;
}

}  // namespace pgclone::test
