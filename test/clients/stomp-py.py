"""What stomp.py makes of the server on a local port: facts as one line of JSON."""

import json
import queue
import sys

import stomp

port, version = int(sys.argv[1]), sys.argv[2]
CONNECTIONS = {"1.0": stomp.Connection10, "1.1": stomp.Connection11, "1.2": stomp.Connection12}
TEXT = "Grüße, 日本, 🙂"
facts = {}


class Listener(stomp.ConnectionListener):
    def __init__(self):
        self.connected = queue.Queue()
        self.messages = queue.Queue()
        self.receipts = queue.Queue()

    def on_connected(self, frame):
        self.connected.put(frame)

    def on_message(self, frame):
        self.messages.put(frame)

    def on_receipt(self, frame):
        self.receipts.put(frame.headers["receipt-id"])

    def message(self):
        return self.messages.get(timeout=10)


class Client:
    def __init__(self, **options):
        self.listener = Listener()
        self.connection = CONNECTIONS[version]([("127.0.0.1", port)], **options)
        self.connection.set_listener("", self.listener)
        self.connection.connect(wait=True)
        self.headers = self.listener.connected.get(timeout=10).headers
        self.count = 0

    def subscribe(self, destination, number, **options):
        keywords = {"destination": destination, **options}
        if version != "1.0":
            keywords["id"] = number
        self.connection.subscribe(**keywords)
        self.settle()

    def unsubscribe(self, destination, number):
        self.connection.unsubscribe(**({"destination": destination} if version == "1.0" else {"id": number}))
        self.settle()

    def settle(self):
        self.count += 1
        self.connection.send("/topic/settled", "", headers={"receipt": f"settled-{self.count}"})
        while self.listener.receipts.get(timeout=10) != f"settled-{self.count}":
            pass

    def ack(self, frame, command="ack"):
        answer = getattr(self.connection, command)
        if version == "1.2":
            answer(frame.headers["ack"])
        elif version == "1.1":
            answer(frame.headers["message-id"], frame.headers["subscription"])
        else:
            answer(frame.headers["message-id"])


client = Client() if version == "1.0" else Client(heartbeats=(1000, 1000))
facts["version"] = client.headers.get("version")

client.subscribe("/topic/a", "1")
client.connection.send("/topic/a", TEXT, headers={"custom": "a:b"})
message = client.listener.message()
facts["text"] = message.body == TEXT
facts["custom"] = message.headers["custom"]
client.unsubscribe("/topic/a", "1")

# Without decoding a body is octets.
if version != "1.0":
    binary = Client(auto_decode=False)
    octets = bytes(range(256))
    binary.subscribe("/topic/b", "1")
    binary.connection.send("/topic/b", octets, content_type="application/octet-stream")
    facts["octets"] = binary.listener.message().body == octets
    binary.connection.disconnect()

transaction = client.connection.begin()
client.subscribe("/topic/t", "2")
client.connection.send("/topic/t", "committed", headers={"transaction": transaction})
client.settle()
facts["early"] = client.listener.messages.qsize()
client.connection.commit(transaction)
facts["committed"] = client.listener.message().body
aborted = client.connection.begin()
client.connection.send("/topic/t", "aborted", headers={"transaction": aborted})
client.connection.abort(aborted)
client.settle()
facts["aborted"] = client.listener.messages.qsize()

destination = f"/queue/work/python-{version}"
for body in ("one", "two", "three"):
    client.connection.send(destination, body)
client.subscribe(destination, "3", ack="client")
frames = [client.listener.message() for _ in range(3)]
client.ack(frames[1])
client.unsubscribe(destination, "3")
client.subscribe(destination, "4", ack="client-individual" if version != "1.0" else "client")
again = client.listener.message()
facts["again"] = [again.body, again.headers["redelivered"]]
if version != "1.0":
    client.ack(again, "nack")
    again = client.listener.message()
client.ack(again)
client.settle()

other = Client()
other.subscribe("/topic/order", "1")
for number in range(2000):
    client.connection.send("/topic/order", str(number))
facts["order"] = [other.listener.message().body for _ in range(2000)] == [str(number) for number in range(2000)]

# Waits for the RECEIPT.
client.connection.disconnect(receipt="goodbye")
facts["goodbye"] = client.listener.receipts.get(timeout=10)
other.connection.disconnect()
print(json.dumps(facts))
