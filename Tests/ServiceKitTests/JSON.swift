import Foundation
import NIOCore

enum JSON {
    static func decode<T: Decodable>(_ type: T.Type, _ buffer: ByteBuffer) throws -> T {
        try JSONDecoder().decode(type, from: Data(Array(buffer: buffer)))
    }
}
