import ArgumentParser

@main
struct Ganctl: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "ganctl")
}
