import ArgumentParser

/// Which dead letter is settled, and who decides why.
struct DecisionOptions: ParsableArguments, Sendable {
    @Argument(help: ArgumentHelp("Where the dead letter stands.", valueName: "topic/partition/offset"))
    var place: RecordPlace

    @OptionGroup var purpose: Purpose
    @OptionGroup var guardRails: WriteGuard
    @OptionGroup var options: LogOptions

    static let help = """
        \(WriteGuard.help)

        EXIT CODES
          0   appended, or there already: the same command again appends nothing
          2   refused, nothing was changed
          3   something failed on the way: the same command again appends under the same id
          64  wrong flags or settings

        It may be stopped at any moment.

        \(LogOptions.environmentHelp)
        """
}
