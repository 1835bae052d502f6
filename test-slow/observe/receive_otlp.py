"""Receives OTLP over HTTP and over gRPC with OpenTelemetry's own messages. Prints its ports, and when standard input ends all that came, as JSON."""

import gzip
import json
import sys
from concurrent import futures
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import grpc
from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2 as metrics
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2_grpc as metrics_grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as trace
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2_grpc as trace_grpc

came = []


def take(signal, message):
    came.append({"signal": signal, "message": MessageToDict(message)})


class Http(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def body(self):
        """Of a length that is told, or in chunks."""
        if self.headers.get("transfer-encoding") != "chunked":
            return self.rfile.read(int(self.headers["content-length"]))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def do_POST(self):
        body = self.body()
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        kinds = {"/v1/traces": ("traces", trace.ExportTraceServiceRequest), "/v1/metrics": ("metrics", metrics.ExportMetricsServiceRequest)}
        signal, kind = kinds[self.path]
        assert self.headers["content-type"] == "application/x-protobuf", self.headers["content-type"]
        take(signal, kind.FromString(body))
        self.send_response(200)
        self.send_header("content-type", "application/x-protobuf")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Traces(trace_grpc.TraceServiceServicer):
    def Export(self, request, context):
        take("traces", request)
        return trace.ExportTraceServiceResponse()


class Metrics(metrics_grpc.MetricsServiceServicer):
    def Export(self, request, context):
        take("metrics", request)
        return metrics.ExportMetricsServiceResponse()


web = ThreadingHTTPServer(("127.0.0.1", 0), Http)
Thread(target=web.serve_forever, daemon=True).start()
server = grpc.server(futures.ThreadPoolExecutor(4))
trace_grpc.add_TraceServiceServicer_to_server(Traces(), server)
metrics_grpc.add_MetricsServiceServicer_to_server(Metrics(), server)
port = server.add_insecure_port("127.0.0.1:0")
server.start()
print(json.dumps({"http": web.server_address[1], "grpc": port}), flush=True)
sys.stdin.read()
server.stop(None)
print(json.dumps(came), flush=True)
