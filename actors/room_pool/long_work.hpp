// Work of a room pool that grows with its rooms, done in slices so that pings and allocations come in between: no
// turn of the actor takes long, however many rooms there are. After a slice the pool tells itself to go on. Work
// that asks journal or host for something rests while too much is unanswered. Used by
// actors/room_pool/pool_writer.
#pragma once

#include <functional>
#include <list>

namespace maestro {

/// Whose work it is.
class long_work_owner {
public:
  /// Work that asks may go on.
  virtual bool may_ask_now() const = 0;
  /// Has `turn` called, after what waits in the mailbox.
  virtual void go_on_with_work() = 0;

protected:
  ~long_work_owner() = default;
};

class long_work {
public:
  /// Does a part; true when there is more.
  using slice = std::function<bool()>;

  /// Rooms that one slice may look at: a millisecond or two.
  static constexpr std::size_t rooms_per_slice = 1000;

  explicit long_work(long_work_owner& owner) : owner_(owner) {}

  /// Does the first slice at once where it can, so that what is small is done in one turn.
  void start(slice work) { begin({std::move(work), false}); }
  void start_asking(slice work) { begin({std::move(work), true}); }

  /// One slice of the work whose turn it is.
  void turn();
  /// Answers came: work that rested may go on.
  void wake() { schedule(); }

private:
  struct job {
    slice work;
    bool is_asking = false;
  };
  bool may_run(const job& one) const { return !one.is_asking || owner_.may_ask_now(); }
  void begin(job one);
  void schedule();

  long_work_owner& owner_;
  std::list<job> jobs_; ///< by turns
  bool is_scheduled_ = false;
};

} // namespace maestro
