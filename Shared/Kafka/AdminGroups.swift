import CRdKafka

extension KafkaAdmin {
    /// The names of all groups, sorted; also of those that only have offsets.
    /// - Throws: also when one of the brokers did not answer, since its groups would be missing.
    public func groups() async throws -> [String] {
        let operation = "list groups"
        return try request(RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPS, operation) { rk, options, queue in
            rd_kafka_ListConsumerGroups(rk, options, queue)
        } result: { event in
            let result = rd_kafka_event_ListConsumerGroups_result(event)
            var count = 0
            if let errors = rd_kafka_ListConsumerGroups_result_errors(result, &count), count > 0 {
                throw KafkaError(
                    rd_kafka_error_code(errors[0]), operation,
                    reason: String(cString: rd_kafka_error_string(errors[0])))
            }
            let groups = rd_kafka_ListConsumerGroups_result_valid(result, &count)
            return (0..<count).compactMap { index in
                rd_kafka_ConsumerGroupListing_group_id(groups?[index]).map { String(cString: $0) }
            }.sorted()
        }
    }

    /// A group that nobody has heard of is `Dead`, without members.
    public func describeGroup(_ group: String) async throws -> GroupDescription {
        let operation = "describe group \(group)"
        return try group.withCString { name in
            var names: [UnsafePointer<CChar>?] = [name]
            return try request(RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS, operation) { rk, options, queue in
                rd_kafka_DescribeConsumerGroups(rk, &names, 1, options, queue)
            } result: { event in
                var count = 0
                let groups = rd_kafka_DescribeConsumerGroups_result_groups(
                    rd_kafka_event_DescribeConsumerGroups_result(event), &count)
                guard count > 0, let found = groups?[0] else {
                    throw KafkaError(RD_KAFKA_RESP_ERR__FAIL, operation)
                }
                if let error = rd_kafka_ConsumerGroupDescription_error(found) {
                    throw KafkaError(
                        rd_kafka_error_code(error), operation, reason: String(cString: rd_kafka_error_string(error)))
                }
                let state = rd_kafka_ConsumerGroupDescription_state(found)
                return GroupDescription(
                    group: group, state: String(cString: rd_kafka_consumer_group_state_name(state)),
                    members: (0..<rd_kafka_ConsumerGroupDescription_member_count(found)).map {
                        Self.member(rd_kafka_ConsumerGroupDescription_member(found, $0))
                    })
            }
        }
    }

    private static func member(_ member: OpaquePointer?) -> GroupDescription.Member {
        func text(_ pointer: UnsafePointer<CChar>?) -> String { pointer.map { String(cString: $0) } ?? "" }
        let instance = text(rd_kafka_MemberDescription_group_instance_id(member))
        let assignment = rd_kafka_MemberDescription_assignment(member)
        return GroupDescription.Member(
            id: text(rd_kafka_MemberDescription_consumer_id(member)),
            clientId: text(rd_kafka_MemberDescription_client_id(member)),
            host: text(rd_kafka_MemberDescription_host(member)), instanceId: instance.isEmpty ? nil : instance,
            partitions: PartitionList.read(rd_kafka_MemberAssignment_partitions(assignment)).map(\.partition))
    }
}
