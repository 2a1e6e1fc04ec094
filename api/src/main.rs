//! The `sunledger` binary.

/// Commands and answers are many small texts: a seventh of the write path's time went into allocating them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    sunledger_api::cli::main()
}
