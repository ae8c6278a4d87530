import AcceleratorISA
import FirmwareCore
import Testing

@Suite struct CommandProcessorTests {
    @Test func aValidCommandRunsOnceAndIsCounted() throws {
        let command = ValidCommands.named("interpolate")
        let processor = TestProcessor(port: preparedPort(for: command))
        let event = try processor.process(record(of: command))
        #expect(event == DeviceEvent(commandID: command.id))
        let (runCount, counted) = (processor.port.commands.count, processor.counters.commandCount)
        #expect(runCount == 1)
        #expect(counted == 1)
    }

    @Test func aRefusedCommandIsNamedAndNothingRuns() throws {
        var command = ValidCommands.named("interpolate")
        command.id = 77
        let processor = TestProcessor()
        let event = try processor.process(record(of: command))
        #expect(event == DeviceEvent(commandID: 77, error: .uninitialized, role: .source))
        let (runCount, counted) = (processor.port.commands.count, processor.counters.commandCount)
        #expect(runCount == 0)
        #expect(counted == 0)
        let writeCount = processor.port.memory.writeCount
        #expect(writeCount == 0)
    }

    @Test func aMalformedRecordIsNamedAsFarAsItsNumberReaches() throws {
        var command = ValidCommands.named("fence")
        command.id = 78
        var bytes = try record(of: command)
        bytes[2] = 99
        let processor = TestProcessor()
        let event = processor.process(bytes)
        #expect(event == DeviceEvent(commandID: 78, error: .malformedCommand))
        let short = processor.process(Array(bytes[..<11]))
        #expect(short == DeviceEvent(commandID: 0, error: .malformedCommand))
    }

    @Test func whatOneCommandWritesTheNextMayRead() throws {
        var builder = CommandBuilder()
        var fill = builder.command(.fill)
        let vector = builder.tensor(.vector, 4, 20)
        fill.operands[.destination] = vector
        var reduce = builder.command(.reduce)
        reduce.operands[.source] = vector
        reduce.operands[.destination] = builder.tensor(.vector, 1, 20)
        let processor = TestProcessor()
        let early = try processor.process(record(of: reduce))
        #expect(early.error == .uninitialized)
        let filled = try processor.process(record(of: fill))
        #expect(filled.error == nil)
        let late = try processor.process(record(of: reduce))
        #expect(late.error == nil)
    }
}
