# What Net::Stomp (STOMP 1.0) makes of the server on a local port: facts as one line of JSON.
use strict;
use warnings;
use utf8;
use Encode qw(decode encode);
use JSON::PP;
use Net::Stomp;

my ($port) = @ARGV;
my %facts;

sub opened {
    my $client = Net::Stomp->new({ hostname => '127.0.0.1', port => $port, timeout => 10 });
    my $connected = $client->connect({ login => 'perl', passcode => 'secret' });
    $facts{connected} = $connected->command;
    return $client;
}

# A SEND whose RECEIPT is here says that all before it has been handled.
sub settle {
    my ($client) = @_;
    return $client->send_with_receipt({ destination => '/topic/settled', body => '' }) ? JSON::PP::true : JSON::PP::false;
}

my $client = opened();
my $other  = opened();

$client->subscribe({ destination => '/topic/a' });
$client->send({ destination => '/topic/a', custom => 'a:b', body => encode('UTF-8', 'Grüße, 日本') });
my $message = $client->receive_frame;
$facts{text}   = decode('UTF-8', $message->body);
$facts{custom} = $message->headers->{custom};

my $octets = join '', map { chr } 0 .. 255;
$client->send({ destination => '/topic/a', bytes_message => 1, 'content-type' => 'application/octet-stream', body => $octets });
$facts{octets} = $client->receive_frame->body eq $octets ? JSON::PP::true : JSON::PP::false;

$client->unsubscribe({ destination => '/topic/a' });
$facts{settled} = settle($client);

# Waits for the RECEIPT of the SEND before it sends COMMIT.
$client->subscribe({ destination => '/topic/t' });
$facts{transactional} = $client->send_transactional({ destination => '/topic/t', body => 'committed' }) ? JSON::PP::true : JSON::PP::false;
$facts{committed} = $client->receive_frame->body;
$client->unsubscribe({ destination => '/topic/t' });
settle($client);

$client->send({ destination => '/queue/work/perl', body => $_ }) for qw(one two three);
settle($client);
$client->subscribe({ destination => '/queue/work/perl', ack => 'client' });
my @first = map { $client->receive_frame } 1 .. 3;
$client->ack({ frame => $first[1] });
$client->unsubscribe({ destination => '/queue/work/perl' });
settle($client);
$other->subscribe({ destination => '/queue/work/perl', ack => 'client' });
my $again = $other->receive_frame;
$facts{again}       = $again->body;
$facts{redelivered} = $again->headers->{redelivered};
$other->ack({ frame => $again });
settle($other);

$other->subscribe({ destination => '/topic/order' });
settle($other);
for my $number (1 .. 2_000) { $client->send({ destination => '/topic/order', body => $number }) }
my $order = 0;
for my $number (1 .. 2_000) { $order++ if $other->receive_frame->body eq $number }
$facts{order} = $order;

$client->disconnect;
$other->disconnect;
print JSON::PP->new->ascii->canonical->encode(\%facts), "\n";
