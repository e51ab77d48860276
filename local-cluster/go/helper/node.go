package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
)

// kubeletSysctls are settings of the whole machine that a kubelet changes at its start. Inside the node's
// mount namespace it finds files with the values it wants, so that the user's machine keeps its own.
var kubeletSysctls = map[string]string{
	"vm/overcommit_memory":      "1",
	"vm/panic_on_oom":           "0",
	"kernel/panic":              "10",
	"kernel/panic_on_oops":      "1",
	"kernel/keys/root_maxkeys":  "1000000",
	"kernel/keys/root_maxbytes": "25000000",
}

// startNode starts the node's init in namespaces of its own (mounts, processes, network, IPC, host name)
// and returns when these are set up. All the cluster's processes enter them, so the kernel itself ends
// every process and every mount of the cluster when this one process is killed.
func startNode(runtimeDir, dataDir, hostName string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	report, theirs, err := os.Pipe()
	if err != nil {
		return err
	}
	log, err := os.OpenFile(filepath.Join(dataDir, "init.log"), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	cmd := exec.Command(self, "init", runtimeDir, dataDir, hostName)
	cmd.Stderr = log
	cmd.ExtraFiles = []*os.File{theirs}
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Setsid: true,
		Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWNET | syscall.CLONE_NEWUTS |
			syscall.CLONE_NEWIPC,
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("the kernel refuses new namespaces: %w", err)
	}
	theirs.Close()
	line, _ := bufio.NewReader(report).ReadString('\n')
	if line != "ready\n" {
		cmd.Process.Kill()
		cmd.Wait()
		return fmt.Errorf("setting up the node's namespaces: %s", strings.TrimSpace(line))
	}
	fmt.Println(cmd.Process.Pid)
	return nil
}

// nodeInit is process 1 of the node: it sets up mounts, then reaps ended processes.
func nodeInit(runtimeDir, dataDir, hostName string) error {
	report := os.NewFile(3, "report")
	syscall.CloseOnExec(3)
	if err := setUpMounts(runtimeDir, dataDir, hostName); err != nil {
		fmt.Fprintln(report, err)
		return err
	}
	fmt.Fprintln(report, "ready")
	report.Close()

	signals := make(chan os.Signal, 16)
	signal.Notify(signals, syscall.SIGCHLD, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	for received := range signals {
		if received == syscall.SIGTERM {
			return nil // the kernel kills all others with process 1
		}
		for {
			pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
			if pid <= 0 || err != nil {
				break
			}
		}
	}
	return nil
}

func setUpMounts(runtimeDir, dataDir, hostName string) error {
	if err := mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE); err != nil {
		return err
	}
	if err := syscall.Sethostname([]byte(hostName)); err != nil {
		return err
	}
	if err := mount("proc", "/proc", "proc", syscall.MS_NOSUID|syscall.MS_NODEV|syscall.MS_NOEXEC); err != nil {
		return err
	}

	// A /run of its own: containerd, runc and iptables keep sockets and locks at fixed places there. Only
	// the instance's own directory is seen from both sides.
	own, err := os.Open(runtimeDir)
	if err != nil {
		return err
	}
	defer own.Close()
	if err := mount("tmpfs", "/run", "tmpfs", syscall.MS_NOSUID|syscall.MS_NODEV); err != nil {
		return err
	}
	if err := os.MkdirAll(runtimeDir, 0o700); err != nil {
		return err
	}
	if err := mount(fmt.Sprintf("/proc/self/fd/%d", own.Fd()), runtimeDir, "", syscall.MS_BIND); err != nil {
		return err
	}

	// The data under a short path: sockets in it may not be longer than 107 bytes, whatever the clone's path.
	node := filepath.Join(runtimeDir, "node")
	if err := os.MkdirAll(node, 0o700); err != nil {
		return err
	}
	if err := mount(dataDir, node, "", syscall.MS_BIND); err != nil {
		return err
	}
	if err := hideSysctls(filepath.Join(runtimeDir, "sysctl")); err != nil {
		return err
	}
	if err := setUpForwarding(); err != nil {
		return err
	}
	// The kubelet's mounts must reach containers that ask for it (mount propagation).
	return mount("", "/", "", syscall.MS_REC|syscall.MS_SHARED)
}

func hideSysctls(dir string) error {
	for name, value := range kubeletSysctls {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(file, []byte(value+"\n"), 0o600); err != nil {
			return err
		}
		target := filepath.Join("/proc/sys", name)
		if _, err := os.Stat(target); err != nil {
			continue
		}
		if err := mount(file, target, "", syscall.MS_BIND); err != nil {
			return err
		}
	}
	return nil
}

// setUpForwarding makes the node forward between pods, and shows bridged packets to iptables, without which
// neither Services nor NetworkPolicies hold between pods of one bridge. These settings belong to the
// network namespace; the machine's are not touched.
func setUpForwarding() error {
	if err := os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0); err != nil {
		return err
	}
	if err := os.WriteFile("/proc/sys/net/bridge/bridge-nf-call-iptables", []byte("1"), 0); err != nil {
		return fmt.Errorf("the kernel module br_netfilter is not there (modprobe br_netfilter): %w", err)
	}
	return nil
}

func mount(source, target, kind string, flags uintptr) error {
	if err := syscall.Mount(source, target, kind, flags, ""); err != nil {
		return fmt.Errorf("mount %s: %w", target, err)
	}
	return nil
}
