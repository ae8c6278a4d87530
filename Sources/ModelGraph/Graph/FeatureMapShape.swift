/// The shape of one sample's feature map: channels, rows, columns.
package struct FeatureMapShape: Hashable, Sendable, CustomStringConvertible {
    /// The number of channels.
    package let channels: Int
    /// The number of rows.
    package let height: Int
    /// The number of columns.
    package let width: Int

    /// Makes a shape.
    package init(channels: Int, height: Int, width: Int) {
        self.channels = channels
        self.height = height
        self.width = width
    }

    /// Pixels of one channel.
    package var pixelCount: Int { height * width }

    /// Elements of all channels.
    package var elementCount: Int { channels * pixelCount }

    /// The shape as `channels x height x width`.
    package var description: String { "\(channels)x\(height)x\(width)" }
}
