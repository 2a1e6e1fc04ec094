//! The `sunledger` binary.

fn main() -> std::process::ExitCode {
    sunledger_api::cli::main()
}
